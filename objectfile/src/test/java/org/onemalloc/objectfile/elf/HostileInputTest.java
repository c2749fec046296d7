package org.onemalloc.objectfile.elf;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.onemalloc.objectfile.ObjectFileException;

class HostileInputTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final long MULTIPLE = 64;
  private static final Pattern VERSION = Pattern.compile("version [0-9.]{1,20}");

  @TempDir Path directory;

  static List<Native> natives() {
    return Native.all();
  }

  @ParameterizedTest
  @MethodSource("natives")
  @Timeout(60)
  void refusesEveryTruncation(Native library) throws IOException {
    byte[] content = library.bytes();
    TreeSet<Integer> lengths = new TreeSet<>();
    for (int i = 0; i < 1024; i++) {
      lengths.add(i);
    }
    for (ElfSegment segment : library.file().segments()) {
      for (int i = -1; i <= 1; i++) {
        lengths.add((int) segment.offset() + i);
        lengths.add((int) segment.endOffset() + i);
      }
    }
    lengths.removeIf(n -> n < 0 || n >= content.length);
    lengths.forEach(n -> exercise(Arrays.copyOf(content, n)));
  }

  @ParameterizedTest
  @MethodSource("natives")
  @Timeout(60)
  void survivesFlippedBytes(Native library) throws IOException {
    byte[] content = library.bytes();
    List<int[]> ranges = interestingRanges(library.file());
    Random random = new Random(4711);
    for (int round = 0; round < 400; round++) {
      byte[] damaged = content.clone();
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        int[] range = ranges.get(random.nextInt(ranges.size()));
        int at = range[0] + random.nextInt(range[1] - range[0]);
        damaged[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) -1;
      }
      exercise(damaged);
    }
  }

  private static List<int[]> interestingRanges(ElfFile file) {
    ElfDynamic dynamic = file.dynamic();
    int end = file.content().capacity();
    return List.of(
        new int[] {4, 64},
        new int[] {52, 64 + file.segments().size() * 56},
        new int[] {dynamic.offset(), dynamic.offset() + 16 * 30},
        around(dynamic, Elf.DT_GNU_HASH, 64),
        around(dynamic, Elf.DT_SYMTAB, 2048),
        around(dynamic, Elf.DT_VERNEED, 128),
        around(dynamic, Elf.DT_RELA, 256),
        new int[] {end - 2500, end});
  }

  private static int[] around(ElfDynamic dynamic, long tag, int length) {
    int at = Math.max(0, dynamic.tableOffset(tag, length, "a table"));
    return new int[] {at, at + length};
  }

  @Test
  void refusesNamesThatOverlapBeyondMeasure() throws IOException {
    byte[] content = Native.MIMALLOC.bytes();
    ElfFile file = Native.MIMALLOC.file();
    ElfDynamic dynamic = file.dynamic();
    ElfBytes bytes = file.header().bytes().over(content);
    int strings = dynamic.tableOffset(Elf.DT_STRTAB, 1, "strings");
    int symbols = dynamic.tableOffset(Elf.DT_SYMTAB, 1, "symbols");
    Arrays.fill(content, strings + 1, strings + 4000, (byte) 'x');
    for (int i = 1; i < file.dynamicSymbols().size(); i++) {
      bytes.putU32(symbols + 24L * i, i);
    }
    assertThrows(
        ObjectFileException.class, () -> ElfFile.of(content, "overlapping").dynamicSymbols());
  }

  @Test
  void refusesWhatIsNotARegularFile() throws IOException {
    assertThrows(ObjectFileException.class, () -> ElfFile.read(directory));
    assertThrows(ObjectFileException.class, () -> ElfFile.read(Path.of("/dev/zero")));
    Path empty = Files.createFile(directory.resolve("empty"));
    assertThrows(ObjectFileException.class, () -> ElfFile.read(empty));
    Path text = Files.writeString(directory.resolve("text"), "#!/bin/sh\n");
    assertThrows(ObjectFileException.class, () -> ElfFile.read(text));
  }

  static void exercise(byte[] content) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    readEverything(content);
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < MULTIPLE * content.length + 1_000_000, allocated + " bytes allocated");
  }

  static void readEverything(byte[] content) {
    ElfFile file;
    try {
      file = ElfFile.of(content, "damaged");
    } catch (ObjectFileException e) {
      return;
    }
    attempt(file::dynamicSymbols);
    attempt(() -> file.exports("mi_malloc"));
    attempt(() -> file.imports("abort"));
    attempt(file::relocations);
    attempt(() -> file.relativeRelocations().sum());
    attempt(file::hasStaticTls);
    attempt(() -> file.bytesAt(0, 4096));
    attempt(() -> file.findInReadOnlyData(VERSION));
    attempt(
        () ->
            ElfFile.of(
                AliasSymbols.add(
                    file, Map.of("malloc", "mi_malloc"), Map.of("mi_free", "own_free"), "so"),
                "edited"));
    attempt(() -> ElfFile.of(AliasSymbols.add(file, Map.of("free", "je_free")), "edited"));
    attempt(() -> NeededLibraries.first(file, "liballocator.so").file().relocations());
    attempt(() -> ElfFile.of(InitialExecTls.convert(file), "edited"));
    attempt(() -> ElfFile.of(StubObject.create(file, "so", List.of("x")), "stub").needed());
  }

  private static void attempt(Supplier<?> action) {
    try {
      var _ = action.get();
    } catch (ObjectFileException expected) {
      assertTrue(expected.getMessage().endsWith("."), expected.getMessage());
    }
  }
}
