package org.onemalloc.probe.jvm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.onemalloc.probe.process.Range;

/** Texts of virtual machines, as they were printed. */
class RegionsTest {
  private static final List<Range> NONE = List.of();

  @Test
  void theBoundsOfG1AndShenandoahAreRead() {
    List<Range> heap = List.of(new Range(0xf0000000L, 0x100000000L));
    for (String text :
        List.of(
            " garbage-first heap   total 262144K, used 3979K [0x00000000f0000000, 0x0000000100000000)",
            "garbage-first heap   total reserved 262144K, committed 262144K, used 8964K [0x00000000f0000000, 0x0000000100000000)",
            "Reserved region:\n - [0x00000000f0000000, 0x0000000100000000) \nCollection set:\n - map (vanilla): 0x0000000000004c00",
            "  space 262144K,   3% used [0x00000000f0000000, 0x00000000f0852490, 0x0000000100000000)")) {
      assertEquals(heap, Regions.of(text, "", "", "").javaHeap());
    }
  }

  @Test
  void theGenerationsOfParallelAreRead() {
    String text =
        """
        PSYoungGen      total 76288K, used 10526K [0x00000000fab00000, 0x0000000100000000, 0x0000000100000000)
         eden space 65536K, 16% used [0x00000000fab00000,0x00000000fb547840,0x00000000feb00000)
        ParOldGen       total 175104K, used 1166K [0x00000000f0000000, 0x00000000fab00000, 0x00000000fab00000)
        """;
    assertEquals(
        List.of(
            new Range(0xfab00000L, 0x100000000L),
            new Range(0xfab00000L, 0xfeb00000L),
            new Range(0xf0000000L, 0xfab00000L)),
        Regions.of(text, "", "", "").javaHeap());
  }

  @Test
  void theCodeCacheIsRead() {
    String text =
        """
        CodeHeap 'non-profiled nmethods': size=120036Kb used=148Kb max_used=148Kb free=119887Kb
         bounds [0x00007f7948ec7000, 0x00007f7949137000, 0x00007f7950400000]
        """;
    assertEquals(
        List.of(new Range(0x7f7948ec7000L, 0x7f7950400000L)),
        Regions.of("", text, "", "").codeCache());
  }

  @Test
  void theInformationOfTheVirtualMachineIsRead() {
    String text =
        """
        CDS archive(s) mapped at: [0x0000000048000000-0x0000000048d95000-0x0000000048d96000), size 14241792, SharedBaseAddress: 0x0000000048000000, ArchiveRelocationMode: 1.
        Compressed class space mapped at: 0x0000000049000000-0x0000000089000000, reserved size: 1073741824
        Card table byte_map: [0x00007fdba1200000,0x00007fdba1280000] _byte_map_base: 0x00007fdba0a80000
         Prev Bits: [0x00007f8012400000, 0x00007f8012800000)
         Next Bits: [0x00007f8012000000, 0x00007f8012400000)
        C-Heap outstanding allocations: 15737K, retained: 2826K
        """;
    Regions regions = Regions.of("", "", text, "");
    assertEquals(
        List.of(new Range(0x48000000L, 0x48d96000L), new Range(0x49000000L, 0x89000000L)),
        regions.classes());
    assertEquals(3, regions.collector().size());
    assertEquals(OptionalLong.of(15737L << 10), regions.mallocInUse());
    assertEquals(OptionalLong.of(2826L << 10), regions.mallocFree());
  }

  /** glibc before 2.33 has no mallinfo2, and counts in 32 bits. */
  @Test
  void countsThatMayHaveWrappedAreNotTaken() {
    String text = "C-Heap outstanding allocations: 15737K, retained: 2826K (may have wrapped)";
    assertEquals(OptionalLong.empty(), Regions.of("", "", text, "").mallocInUse());
  }

  @Test
  void theNodesOfMetaspaceAreRead() {
    String text =
        "- node #0: base 0x00007f814f000000: reserved=65536.00 KB, committed=2624.00 KB (  4%), used=16384.00 KB ( 25%)";
    assertEquals(
        List.of(new Range(0x7f814f000000L, 0x7f8153000000L)),
        Regions.of("", "", "", text).classes());
  }

  @Test
  void aVirtualMachineThatSaysNothingHasNoRegions() {
    assertEquals(
        new Regions(NONE, NONE, NONE, NONE, OptionalLong.empty(), OptionalLong.empty()),
        Regions.of("", "", "", ""));
  }

  @Test
  void categoriesAreReadWithoutTheirParts() {
    String text =
        """
        Total: reserved=1750892910, committed=347861358
               malloc: 14487918 #13984, peak=18536978 #13327

        -                     Class (reserved=1073856686, committed=508078)
                                    (classes #1755)
                                    (malloc=114862 tag=Class #2204) (at peak)
                                    (mmap: reserved=1073741824, committed=393216, at peak)
                                    (  Metadata:   )
                                    (    reserved=67108864, committed=3014656)
        -                    Thread (reserved=17882184, committed=736328)
                                    (threads #17)
                                    (stack: reserved=17825792, committed=679936, peak=679936)
                                    (malloc=38392 tag=Thread #103) (peak=46768 #107)
                                    (arena=18000 #30) (peak=119840 #30)
        -        Shared class space (reserved=16777312, committed=14241888, readonly=0)
                                    (mmap: reserved=16777216, committed=14241792, peak=14454784)
        """;
    assertEquals(
        List.of(
            new Tracked("Class", 1073856686, 508078, 393216),
            new Tracked("Thread", 17882184, 736328, 679936),
            new Tracked("Shared class space", 16777312, 14241888, 14241792)),
        Tracked.parse(text));
    assertEquals(56392, Tracked.parse(text).get(1).allocated());
    assertEquals(List.of(), Tracked.parse("Native memory tracking is not enabled"));
  }
}
