package org.onemalloc.compare.tune;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onemalloc.compare.CommandException;
import org.onemalloc.text.Journal;
import org.onemalloc.text.OutputException;
import org.onemalloc.text.Sha256;

/**
 * The runs of a tuning on the disk. What was measured before an interruption is measured only once:
 * the race is decided anew from the same runs, with the same result.
 */
final class StateFile implements AutoCloseable {
  private static final String TITLE = "onemalloc tune, runs of a race, 1";
  private static final String FACT = "fact";

  private final Path file;
  private final Journal journal;
  private final Map<String, String> facts = new LinkedHashMap<>();
  private final List<Trial> trials = new ArrayList<>();

  private StateFile(Path file, Journal journal) {
    this.file = file;
    this.journal = journal;
    for (String record : journal.records()) {
      String[] fields = record.split("\t", -1);
      if (fields[0].equals(FACT) && fields.length == 3) {
        facts.put(fields[1], fields[2]);
      } else {
        Trial.parse(record).ifPresent(trials::add);
      }
    }
  }

  /**
   * Opens a state, or begins a new one.
   *
   * @param file the file
   * @throws OutputException if it cannot be written, is another file, is damaged, or is in use
   */
  static StateFile open(Path file) throws OutputException {
    Journal journal = Journal.open(file, TITLE);
    try {
      return new StateFile(file, journal);
    } catch (RuntimeException e) {
      journal.close();
      throw CommandException.unusable(
          file + " is the state of another version of onemalloc: name another file with --state.");
    }
  }

  /** Returns whether runs are in it. */
  boolean isBegun() {
    return !trials.isEmpty();
  }

  /**
   * Compares a fact with that of the state. The fact itself is not kept, only its digest.
   *
   * @param name what the fact is: "command"
   * @param value the fact
   * @throws CommandException if the state is of another one
   */
  void require(String name, String value) {
    String known = facts.get(name);
    if (known != null && !known.equals(digest(value))) {
      throw CommandException.unusable(
          "%s is the state of another tuning, whose %s is not this one: name another file with --state, or remove it to begin anew."
              .formatted(file, name));
    }
  }

  /**
   * Keeps a fact, if it is not there.
   *
   * @throws OutputException if it cannot be written
   */
  void put(String name, String value) throws OutputException {
    if (facts.putIfAbsent(name, digest(value)) == null) {
      journal.append(String.join("\t", FACT, name, digest(value)));
    }
  }

  private static String digest(String value) {
    return Sha256.of(value.getBytes(StandardCharsets.UTF_8));
  }

  List<Trial> trials() {
    return List.copyOf(trials);
  }

  /**
   * Keeps a run. It is on the disk when this method returns.
   *
   * @throws OutputException if it cannot be written
   */
  void add(Trial trial) throws OutputException {
    journal.append(trial.line());
    trials.add(trial);
  }

  @Override
  public void close() {
    journal.close();
  }
}
