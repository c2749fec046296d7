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
 * Who allocated native memory in one process.
 *
 * @param subject the command or the process, as it was named
 * @param parts the parts of the program, the largest first
 * @param every bytes allocated between two samples; 1 where every block was seen
 * @param held bytes that glibc's heap held from the kernel, in use or free, when the record ended;
 *     empty where that is not known or another allocator serves the process
 * @param allocatedGraph a flame graph of all allocated bytes, a page of HTML
 * @param liveGraph a flame graph of the bytes not freed when the record ended, a page of HTML
 * @param notes sentences on what was not seen
 */
public record Profile(
    String subject,
    List<Part> parts,
    long every,
    OptionalLong held,
    String allocatedGraph,
    String liveGraph,
    List<String> notes) {
  private static final long LITTLE = 4 << 20;

  /** Copies the lists. */
  public Profile {
    parts = List.copyOf(parts);
    notes = List.copyOf(notes);
  }

  static Profile of(
      String subject, Path recording, long every, OptionalLong held, List<String> notes)
      throws IOException {
    Map<List<StackFrame>, Recording.Site> sites = Recording.read(recording, every);
    return new Profile(
        subject,
        parts(sites),
        every,
        held,
        Graph.of("Allocated bytes", sites, site -> site.allocated),
        Graph.of("Bytes not freed", sites, site -> site.live),
        notes);
  }

  /** The same with one more note. */
  Profile with(String note) {
    List<String> more = new ArrayList<>(notes);
    more.add(note);
    return new Profile(subject, parts, every, held, allocatedGraph, liveGraph, more);
  }

  private static List<Part> parts(Map<List<StackFrame>, Recording.Site> sites) {
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
   * The sum over all parts.
   *
   * @return bytes
   */
  public long allocated() {
    return parts.stream().mapToLong(Part::allocated).sum();
  }

  /**
   * The sum over all parts of what was not freed when the record ended.
   *
   * @return bytes
   */
  public long live() {
    return parts.stream().mapToLong(Part::live).sum();
  }

  /**
   * What glibc's heap held beyond what was seen and not freed: blocks that were allocated in ways
   * that are not seen, or before the record began, and free memory that malloc keeps.
   *
   * @return bytes; empty where it is not known, or is within what sampling leaves uncertain
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
   * The profile for a terminal.
   *
   * @return lines, the largest parts first; MB are 2^20 bytes
   */
  public String table() {
    return ProfileTable.of(this);
  }

  /**
   * The profile as a page.
   *
   * @return one HTML document that loads nothing from anywhere
   */
  public String page() {
    return ProfilePage.of(this);
  }
}
