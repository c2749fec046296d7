package org.onemalloc.objectfile.elf;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.NeededLibraries.Change;

/** The method that Jazzer calls with every input. The heap of its JVM limits the memory. */
public final class FuzzTarget {
  private static final String NAME = "$ORIGIN/liballocator.so";

  private FuzzTarget() {}

  public static void fuzzerTestOneInput(byte[] input) {
    HostileInputTest.readEverything(input);
    ElfFile before;
    ElfFile after;
    try {
      before = ElfFile.of(input, "input");
      after = NeededLibraries.first(before, NAME).file();
    } catch (ObjectFileException refused) {
      return;
    }
    require(after.needed().getFirst().equals(NAME), "the library is not first");
    require(NeededLibraries.first(after, NAME).change() == Change.NONE, "the edit is not stable");
    require(others(before).equals(others(after)), "another entry changed");
    require(before.segments().size() == after.segments().size(), "a segment more or less");
  }

  private static List<ElfDynamicEntry> others(ElfFile file) {
    List<ElfDynamicEntry> others = new ArrayList<>(file.dynamicEntries());
    others.removeIf(
        e ->
            List.of(Elf.DT_NEEDED, Elf.DT_STRTAB, Elf.DT_STRSZ, Elf.DT_RELACOUNT, Elf.DT_RELCOUNT)
                .contains(e.tag()));
    return others;
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new AssertionError(what);
    }
  }
}
