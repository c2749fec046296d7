package org.onemalloc.probe.jvm;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.probe.process.Range;

/**
 * Where this virtual machine has its memory, as far as it says so without Native Memory Tracking.
 *
 * @param javaHeap the reserved range of the Java heap; of ZGC none, whose memory has the name
 *     {@code /memfd:java_heap}
 * @param codeCache the reserved ranges of the code cache
 * @param classes the archives of class data sharing, the class space and the nodes of metaspace
 * @param collector the card table and the mark bitmaps of the collector, where it prints them (G1
 *     and Parallel print both, Serial the card table)
 * @param mallocInUse bytes that glibc's mallinfo says are in use, rounded down to KiB; empty if the
 *     virtual machine does not say
 * @param mallocFree bytes that glibc's mallinfo says are free and kept, likewise
 */
public record Regions(
    List<Range> javaHeap,
    List<Range> codeCache,
    List<Range> classes,
    List<Range> collector,
    OptionalLong mallocInUse,
    OptionalLong mallocFree) {
  /*
   * The texts, of JDK 17, 21 and 25:
   *
   *   GC.heap_info        garbage-first heap   total 262144K, used 3979K [0xf0000000, 0x100000000)
   *                       DefNew  total 78656K, used 11240K [0xf0000000, 0xf5550000, 0xf5550000)
   *                       Reserved region:  - [0xf0000000, 0x100000000)            (Shenandoah)
   *   Compiler.codecache  bounds [0x7f9f3fec7000, 0x7f9f40137000, 0x7f9f47400000]
   *   VM.info             CDS archive(s) mapped at: [0x48000000-0x48d95000-0x48d95000), size ...
   *                       Compressed class space mapped at: 0x49000000-0x89000000, ...
   *                       Card table byte_map: [0x7fdba1200000,0x7fdba1280000] ...
   *                       Bits: [0x7fdba1600000, 0x7fdba1a00000)
   *                       C-Heap outstanding allocations: 15737K, retained: 2826K
   *   VM.metaspace vslist - node #0: base 0x7f7ba4000000: reserved=65536.00 KB, committed=...
   *
   * The first and the last number of a bracket are the bounds; a collector's spaces lie inside its
   * generations, so that to read them too changes nothing.
   *
   * Rejected: VM.native_memory detail (needs tracking, and took 0.6 s), System.map (JDK 24, says
   * more only with tracking), the MXBeans of memory pools (sizes without addresses), and -Xlog.
   */
  private static final String ADDRESS = "0x([0-9a-f]{8,16})";

  private static final Pattern HEAP =
      Pattern.compile("\\[" + ADDRESS + ",(?:[^\\[\\])]*,)? ?" + ADDRESS + "\\)");
  private static final Pattern CODE =
      Pattern.compile("bounds \\[" + ADDRESS + ",[^\\]]*, ?" + ADDRESS + "\\]");
  private static final Pattern ARCHIVES =
      Pattern.compile("mapped at: \\[" + ADDRESS + "-[^)]*-" + ADDRESS + "\\)");
  private static final Pattern CLASS_SPACE =
      Pattern.compile("class space mapped at: " + ADDRESS + "-" + ADDRESS);
  private static final Pattern CARDS =
      Pattern.compile("Card table byte_map: \\[" + ADDRESS + ", ?" + ADDRESS + "\\]");
  private static final Pattern BITS =
      Pattern.compile("Bits: \\[" + ADDRESS + ", ?" + ADDRESS + "\\)");
  private static final Pattern NODE =
      Pattern.compile("base " + ADDRESS + ": reserved=(\\d+)\\.\\d\\d KB");
  private static final Pattern MALLOC =
      Pattern.compile("C-Heap outstanding allocations: (\\d+)K, retained: (\\d+)K(.*)");

  /** Copies the lists. */
  public Regions {
    javaHeap = List.copyOf(javaHeap);
    codeCache = List.copyOf(codeCache);
    classes = List.copyOf(classes);
    collector = List.copyOf(collector);
  }

  /**
   * Makes them of the virtual machine's texts.
   *
   * @param heap of {@code GC.heap_info}
   * @param code of {@code Compiler.codecache}
   * @param info of {@code VM.info}
   * @param metaspace of {@code VM.metaspace vslist}
   */
  static Regions of(String heap, String code, String info, String metaspace) {
    List<Range> classes = new ArrayList<>(ranges(ARCHIVES, info));
    classes.addAll(ranges(CLASS_SPACE, info));
    NODE.matcher(metaspace)
        .results()
        .forEach(
            node -> {
              long start = Long.parseUnsignedLong(node.group(1), 16);
              classes.add(new Range(start, start + (Long.parseLong(node.group(2)) << 10)));
            });
    List<Range> collector = new ArrayList<>(ranges(CARDS, info));
    collector.addAll(ranges(BITS, info));
    Matcher malloc = MALLOC.matcher(info);
    boolean isKnown = malloc.find() && malloc.group(3).isBlank(); // else "(may have wrapped)"
    return new Regions(
        ranges(HEAP, heap),
        ranges(CODE, code),
        classes,
        collector,
        isKnown ? kibibytes(malloc.group(1)) : OptionalLong.empty(),
        isKnown ? kibibytes(malloc.group(2)) : OptionalLong.empty());
  }

  private static OptionalLong kibibytes(String number) {
    return OptionalLong.of(Long.parseLong(number) << 10);
  }

  private static List<Range> ranges(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(Regions::range).toList();
  }

  private static Range range(MatchResult found) {
    return new Range(
        Long.parseUnsignedLong(found.group(1), 16), Long.parseUnsignedLong(found.group(2), 16));
  }
}
