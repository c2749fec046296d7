package org.onemalloc.profile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The allocations of native memory in one process.
 *
 * @param subject the command or the process, as the user named it
 * @param parts the parts of the program, largest first
 * @param every the number of bytes allocated between two samples; 1 if every block was recorded
 * @param held the number of bytes that glibc's heap had obtained from the kernel, in use or free,
 *     when the recording ended; empty if unknown or if another allocator provides malloc
 * @param allocatedGraph a flame graph of all allocated bytes, as an HTML document
 * @param liveGraph a flame graph of the bytes not freed when the recording ended, as an HTML
 *     document
 * @param notes sentences about allocations that were not seen
 * @param saved what {@link #save} writes
 */
public record Profile(
    String subject,
    List<Part> parts,
    long every,
    OptionalLong held,
    String allocatedGraph,
    String liveGraph,
    List<String> notes,
    SavedProfile saved) {
  private static final long LITTLE = 4 << 20;

  /** Copies the lists. */
  public Profile {
    parts = List.copyOf(parts);
    notes = List.copyOf(notes);
  }

  static Profile of(
      String subject, Path recording, long every, OptionalLong held, List<String> notes)
      throws IOException {
    Recording read = Recording.read(recording, every);
    Map<List<StackFrame>, Recording.Site> sites = read.sites();
    return new Profile(
        subject,
        parts(sites),
        every,
        held,
        Graph.of("Allocated bytes", sites, site -> site.allocated),
        Graph.of("Bytes not freed", sites, site -> site.live),
        notes,
        new SavedProfile(subject, every, read.nanos(), sites));
  }

  /** Returns this profile with an additional note. */
  Profile with(String note) {
    List<String> more = new ArrayList<>(notes);
    more.add(note);
    return new Profile(subject, parts, every, held, allocatedGraph, liveGraph, more, saved);
  }

  static List<Part> parts(Map<List<StackFrame>, Recording.Site> sites) {
    Map<String, List<Map.Entry<List<StackFrame>, Recording.Site>>> byPart = new HashMap<>();
    sites
        .entrySet()
        .forEach(e -> byPart.computeIfAbsent(Parts.of(e.getKey()), _ -> new ArrayList<>()).add(e));
    return byPart.entrySet().stream()
        .map(e -> part(e.getKey(), e.getValue()))
        .sorted(Comparator.comparingLong(Part::allocated).reversed().thenComparing(Part::name))
        .toList();
  }

  private static Part part(String name, List<Map.Entry<List<StackFrame>, Recording.Site>> sites) {
    long allocated = 0;
    long live = 0;
    long blocks = 0;
    Map<String, Long> callers = new HashMap<>();
    for (Map.Entry<List<StackFrame>, Recording.Site> entry : sites) {
      Recording.Site site = entry.getValue();
      allocated += site.allocated;
      live += site.live;
      blocks += site.blocks;
      Parts.caller(entry.getKey())
          .ifPresent(caller -> callers.merge(caller.text(), site.allocated, Long::sum));
    }
    String caller =
        callers.entrySet().stream()
            .max(
                Map.Entry.<String, Long>comparingByValue()
                    .thenComparing(Map.Entry.comparingByKey()))
            .map(Map.Entry::getKey)
            .orElse("");
    return new Part(name, allocated, live, blocks, caller);
  }

  /**
   * Returns the sum over all parts.
   *
   * @return the number of bytes
   */
  public long allocated() {
    return parts.stream().mapToLong(Part::allocated).sum();
  }

  /**
   * Returns the sum over all parts of the bytes not freed when the recording ended.
   *
   * @return the number of bytes
   */
  public long live() {
    return parts.stream().mapToLong(Part::live).sum();
  }

  /**
   * Returns the memory that glibc's heap held in addition to the recorded live blocks: blocks that
   * were allocated in ways that the profiler does not see or before the recording began, and free
   * memory that malloc keeps.
   *
   * @return the number of bytes; empty if unknown or within the sampling error
   */
  public OptionalLong unseen() {
    if (held.isEmpty()) {
      return OptionalLong.empty();
    }
    long rest = held.getAsLong() - live();
    return rest > Math.max(LITTLE, held.getAsLong() / 20)
        ? OptionalLong.of(rest)
        : OptionalLong.empty();
  }

  /**
   * Returns the profile as text for a terminal.
   *
   * @return the lines, largest parts first; an MB is 2^20 bytes
   */
  public String table() {
    return ProfileTable.of(this);
  }

  /**
   * Returns the profile as an HTML page.
   *
   * @return one HTML document without external resources
   */
  public String page() {
    return ProfilePage.of(this);
  }

  /**
   * Writes the profile, to be compared with another one by {@link Difference}.
   *
   * @param out the output
   * @throws IOException if the output fails
   */
  public void save(Appendable out) throws IOException {
    saved.write(out);
  }
}
