package org.onemalloc.probe.jvm;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A category of Native Memory Tracking.
 *
 * @param category its name, such as {@code Java Heap}, {@code Thread} or {@code Other}
 * @param reserved reserved address space and allocated memory, bytes
 * @param committed of that, committed address space and allocated memory, bytes
 * @param mapped of {@code committed}, what is mapped by the virtual machine itself and not
 *     allocated by {@code malloc}, bytes
 */
public record Tracked(String category, long reserved, long committed, long mapped) {
  /*
   *   -                    Thread (reserved=17882184, committed=736328)
   *                               (stack: reserved=17825792, committed=679936, peak=679936)
   *                               (malloc=38392 tag=Thread #103) (peak=46768 #107)
   *                               (arena=18000 #30) (peak=119840 #30)
   *
   * Lines such as "(    reserved=67108864, committed=2686976)", of the metadata, are of another
   * category as well: only "mmap:" and "stack:" are taken.
   */
  private static final Pattern HEAD =
      Pattern.compile("^- +(.+?) \\(reserved=(\\d+), committed=(\\d+)");
  private static final Pattern MAPPED =
      Pattern.compile("^ +\\((?:mmap|stack): reserved=\\d+, committed=(\\d+)");

  static List<Tracked> parse(String text) {
    List<Tracked> all = new ArrayList<>();
    text.lines()
        .forEach(
            line -> {
              Matcher head = HEAD.matcher(line);
              Matcher mapped = MAPPED.matcher(line);
              if (head.find()) {
                long reserved = Long.parseLong(head.group(2));
                all.add(new Tracked(head.group(1), reserved, Long.parseLong(head.group(3)), 0));
              } else if (mapped.find() && !all.isEmpty()) {
                Tracked last = all.remove(all.size() - 1);
                all.add(last.plusMapped(Long.parseLong(mapped.group(1))));
              }
            });
    return all;
  }

  private Tracked plusMapped(long bytes) {
    return new Tracked(category, reserved, committed, mapped + bytes);
  }

  /**
   * Returns what is allocated by {@code malloc}, arenas of the compilers included.
   *
   * @return bytes
   */
  public long allocated() {
    return committed - mapped;
  }
}
