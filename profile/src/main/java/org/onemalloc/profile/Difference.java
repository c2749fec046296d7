package org.onemalloc.profile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The difference of two saved profiles, by part.
 *
 * <p>If one recording is longer than the other by a twentieth, bytes per second are compared
 * instead of bytes.
 */
public final class Difference {
  private static final Part NOTHING = new Part("", 0, 0, 0, "");
  private static final double SAME_LENGTH = 1.05;

  private final SavedProfile before;
  private final SavedProfile after;
  private final List<Change> changes;

  private Difference(SavedProfile before, SavedProfile after) {
    this.before = before;
    this.after = after;
    Map<String, Part> first = parts(before);
    Map<String, Part> second = parts(after);
    TreeSet<String> names = new TreeSet<>(first.keySet());
    names.addAll(second.keySet());
    changes =
        names.stream()
            .map(name -> change(name, first, second))
            .sorted(Comparator.comparingDouble(change -> -Math.abs(growth(change))))
            .toList();
  }

  /** A part in both profiles. */
  record Change(String name, Part before, Part after) {}

  /**
   * Reads two files that {@link Profile#save} has written.
   *
   * @param before the first file
   * @param after the second file
   * @return their difference
   * @throws ProfileException with a sentence, if one cannot be read or is damaged
   */
  public static Difference of(Path before, Path after) {
    return new Difference(SavedReader.read(before), SavedReader.read(after));
  }

  private static Change change(String name, Map<String, Part> first, Map<String, Part> second) {
    return new Change(name, first.getOrDefault(name, NOTHING), second.getOrDefault(name, NOTHING));
  }

  private static Map<String, Part> parts(SavedProfile saved) {
    return new HashMap<>(
        Profile.parts(saved.sites()).stream()
            .collect(Collectors.toMap(Part::name, Function.identity())));
  }

  SavedProfile before() {
    return before;
  }

  SavedProfile after() {
    return after;
  }

  /** Returns the parts, the largest difference of allocated bytes first. */
  List<Change> changes() {
    return changes;
  }

  /** Returns whether the recordings differ in length, so that bytes per second are compared. */
  boolean perSecond() {
    double shorter = Math.min(before.nanos(), after.nanos());
    double longer = Math.max(before.nanos(), after.nanos());
    return shorter > 0 && longer / shorter > SAME_LENGTH;
  }

  /** Returns by what to divide the bytes of a profile, so that they compare with the other's. */
  double divisor(SavedProfile profile) {
    return perSecond() ? profile.nanos() / 1e9 : 1;
  }

  /** Returns how much more was allocated, in bytes, or in bytes per second. */
  double growth(Change change) {
    return change.after().allocated() / divisor(after)
        - change.before().allocated() / divisor(before);
  }

  /** Returns how much more was not freed, in bytes, or in bytes per second. */
  double liveGrowth(Change change) {
    return change.after().live() / divisor(after) - change.before().live() / divisor(before);
  }

  /**
   * Returns the difference as text for a terminal.
   *
   * @return the lines, the largest difference first; an MB is 2^20 bytes
   */
  public String table() {
    return DifferenceTable.of(this);
  }

  /**
   * Returns the difference as an HTML page.
   *
   * @return one HTML document without external resources
   */
  public String page() {
    return DifferencePage.of(this);
  }

  /**
   * Writes the difference as JSON.
   *
   * @param out the output
   * @throws IOException if the output fails
   */
  public void json(Appendable out) throws IOException {
    DifferenceJson.write(this, out);
  }
}
