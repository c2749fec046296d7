package org.onemalloc.profile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who allocated native memory in one process.
 *
 * @param subject the command or the process, as it was named
 * @param parts the parts of the program, the largest first
 * @param every bytes allocated between two samples; 1 where every block was seen
 * @param allocatedGraph a flame graph of all allocated bytes, a page of HTML
 * @param liveGraph a flame graph of the bytes not freed when the record ended, a page of HTML
 * @param notes sentences on what was not seen
 */
public record Profile(
    String subject,
    List<Part> parts,
    long every,
    String allocatedGraph,
    String liveGraph,
    List<String> notes) {
  public Profile {
    parts = List.copyOf(parts);
    notes = List.copyOf(notes);
  }

  static Profile of(String subject, Path recording, long every, List<String> notes)
      throws IOException {
    Map<List<StackFrame>, Recording.Site> sites = Recording.read(recording, every);
    return new Profile(
        subject,
        parts(sites),
        every,
        Graph.of("Allocated bytes", sites, site -> site.allocated),
        Graph.of("Bytes not freed", sites, site -> site.live),
        notes);
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
