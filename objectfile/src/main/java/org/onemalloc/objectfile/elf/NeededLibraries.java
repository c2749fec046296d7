package org.onemalloc.objectfile.elf;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * Makes a library the first needed library of a program or library, so that the loader searches it
 * for symbols immediately after the program itself and before libc.
 *
 * <p>The order decides: if libc is listed first, a library after it is loaded, but provides none of
 * the functions that libc defines (gABI chapter 5, "Shared Object Dependencies": symbols are
 * searched breadth-first in the order of the DT_NEEDED entries).
 */
/*
 * Design note. Code and data stay where they are; see ElfEditor for the parts that are never moved.
 * The string and an entry of the dynamic section need room. For each there is a list of possible
 * places, and the first that fits is used.
 *
 * The string:
 * 1. The whole string table and the new string are copied into the zero bytes past the end of a
 *    read-only segment. For every tool the result is an ordinary file of the same size.
 * 2. The table and the string are copied to the end of the file.
 * 3. If the file must keep its size, or its last segment is large and would have to be copied, the
 *    string alone is put into such zero bytes past the table, and DT_STRSZ is enlarged to include
 *    the bytes between. The loader only adds an offset to DT_STRTAB, but eu-elflint and objdump use
 *    the section and find the name outside it. A section of its own covers the string, because
 *    strip drops bytes that no section describes; a file that must keep its size gets no such
 *    section.
 *
 * The entry:
 * 1. It replaces one of the spare DT_NULLs: GNU ld, gold and mold leave five.
 * 2. It replaces DT_RELACOUNT or DT_RELCOUNT, because lld leaves no spare entry. These entries only
 *    tell the loader how many relocations it may apply without checking their types (glibc
 *    elf/do-rel.h; without the entry the loader checks the types).
 * 3. The dynamic section and the string table are copied to the end of the file, into a writable
 *    segment because the loader stores DT_DEBUG (Go).
 *
 * Rejected: a RUNPATH in addition to the name (it disables RPATH, and $ORIGIN works in DT_NEEDED
 * itself, glibc elf/dl-deps.c, expand_dst), and the method of patchelf (an additional segment and
 * therefore a moved program header table, which GNU strip and kernels before 5.18 do not handle).
 * MIPS files are refused, because the value of DT_MIPS_RLD_MAP_REL is relative to the place of the
 * entry itself.
 */
public final class NeededLibraries {
  private static final int TEXT_SECTION_NAME_SKIP = 1;

  /** A last segment of up to this size is copied in preference to placing the string alone. */
  private static final long SMALL_SEGMENT = 1L << 20;

  /** The change that an edit made. */
  public enum Change {
    /** The library was already the first. */
    NONE,
    /** The library was already needed, but after others. */
    REORDERED,
    /** The string table was copied into the padding of a segment. */
    STRINGS_IN_PADDING,
    /** The string table is at the end of the file. */
    STRINGS_AT_END,
    /** The string alone was put into the padding of a segment. */
    STRING_IN_PADDING,
    /** The string table and the dynamic section are at the end of the file. */
    DYNAMIC_AT_END
  }

  /**
   * An edited file.
   *
   * @param change the change that was made
   * @param file the new file; for {@link Change#NONE} the given file
   */
  public record Edit(Change change, ElfFile file) {}

  private final ElfFile file;
  private final ElfDynamic dynamic;
  private final ElfEditor editor;

  private NeededLibraries(ElfFile file) {
    this.file = file;
    this.dynamic = file.dynamic();
    this.editor = new ElfEditor(file);
  }

  /**
   * Makes a library the first DT_NEEDED.
   *
   * @param file a dynamically linked executable or shared library
   * @param library a file name, a path, or a path that starts with {@code $ORIGIN}
   * @return the new file; the same bytes for the same input
   * @throws IllegalArgumentException if {@code library} is empty or contains a zero character
   * @throws ObjectFileException if {@code file} is static, is not a program or library, is for
   *     MIPS, has no room, or has bytes past its last structure and would have to be extended
   */
  public static Edit first(ElfFile file, String library) {
    if (library.isEmpty() || library.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a library name is empty or contains a zero character");
    }
    if (!file.needed().isEmpty() && file.needed().getFirst().equals(library)) {
      return new Edit(Change.NONE, file);
    }
    check(file);
    NeededLibraries needed = new NeededLibraries(file);
    Change change =
        file.needed().contains(library) ? needed.reorder(library) : needed.insert(library);
    ElfFile after = ElfFile.over(needed.editor.finish(), file.name());
    verify(after, file, library);
    return new Edit(change, after);
  }

  private static void check(ElfFile file) {
    if (file.type() != ElfType.EXEC && file.type() != ElfType.DYN) {
      throw refusal(file, "it is neither a program nor a shared library");
    }
    if (!file.isDynamic()) {
      throw refusal(file, "it is statically linked, so no loader reads what it needs");
    }
    if (file.machine().equals(ElfMachine.MIPS)) {
      throw refusal(file, "the dynamic sections of mips have entries that cannot be moved");
    }
    if (file.dynamic().strings().size() == 0) {
      throw refusal(file, "it has no dynamic string table");
    }
  }

  /**
   * Checks that the edited file reads back exactly as requested. A difference is a defect of the
   * input.
   */
  private static void verify(ElfFile after, ElfFile before, String library) {
    List<String> expected = new ArrayList<>(before.needed());
    expected.remove(library);
    expected.addFirst(library);
    if (!after.needed().equals(expected)) {
      throw refusal(before, "its headers contradict each other");
    }
  }

  private static ObjectFileException refusal(ElfFile file, String why) {
    return new ObjectFileException(
        "%s cannot be made to need another library: %s.".formatted(file.name(), why));
  }

  private Change reorder(String library) {
    List<ElfDynamicEntry> entries = editor.entries();
    List<Integer> places = new ArrayList<>();
    List<ElfDynamicEntry> needed = new ArrayList<>();
    ElfStrings strings = dynamic.strings();
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).tag() == Elf.DT_NEEDED) {
        places.add(i);
        boolean wanted = strings.at(entries.get(i).value()).equals(library);
        needed.add(wanted ? 0 : needed.size(), entries.get(i));
      }
    }
    for (int i = 0; i < places.size(); i++) {
      entries.set(places.get(i), needed.get(i));
    }
    return Change.REORDERED;
  }

  private Change insert(String library) {
    byte[] text = (library + "\0").getBytes(StandardCharsets.UTF_8);
    ElfStrings table = dynamic.strings();
    byte[] strings = Arrays.copyOf(tableOf(table), table.size() + text.length);
    System.arraycopy(text, 0, strings, table.size(), text.length);
    if (!makeEntry()) {
      return moveDynamic(strings, table.size());
    }
    ElfEditor.Block whole = new ElfEditor.Block(strings, 1);
    if (editor.placeInPadding(List.of(whole), segment -> true)) {
      useTable(whole);
      addEntry(table.size());
      return Change.STRINGS_IN_PADDING;
    }
    if (!canExtendCheaply() && insertText(text)) {
      return Change.STRING_IN_PADDING;
    }
    checkNothingFollows();
    editor.placeAtEnd(List.of(whole), false);
    useTable(whole);
    addEntry(table.size());
    return Change.STRINGS_AT_END;
  }

  private boolean canExtendCheaply() {
    if (editor.following() > 0) {
      return false;
    }
    long last =
        file.segments().stream()
            .filter(ElfSegment::isLoad)
            .reduce((first, second) -> second)
            .map(ElfSegment::memorySize)
            .orElse(0L);
    return editor.hasFreeHeader() || last <= SMALL_SEGMENT;
  }

  /**
   * Refuses a file with bytes past its last structure: programs look for them at the end of the
   * file.
   */
  private void checkNothingFollows() {
    if (editor.following() > 0) {
      throw refusal(
          file,
          "it has %d bytes past its last structure, which a program may look for from the end of the file, and there is too little room inside: do it before they are appended"
              .formatted(editor.following()));
    }
  }

  private byte[] tableOf(ElfStrings table) {
    byte[] all = file.header().bytes().array();
    return Arrays.copyOfRange(all, table.offset(), table.offset() + table.size());
  }

  private void useTable(ElfEditor.Block strings) {
    editor.moveSection(Elf.SHT_STRTAB, dynamic.find(Elf.DT_STRTAB).getAsLong(), strings);
    editor.setDynamic(Elf.DT_STRTAB, strings.address());
    editor.setDynamic(Elf.DT_STRSZ, strings.size());
  }

  private void addEntry(long string) {
    List<ElfDynamicEntry> entries = editor.entries();
    int first = 0;
    while (first < entries.size() && entries.get(first).tag() != Elf.DT_NEEDED) {
      first++;
    }
    int place = first == entries.size() ? 0 : first;
    entries.add(place, new ElfDynamicEntry(Elf.DT_NEEDED, string));
  }

  /**
   * Makes room for one more entry in the dynamic section without moving it; returns whether there
   * is room.
   */
  private boolean makeEntry() {
    if (editor.entries().size() + 1 < dynamic.slots()) {
      return true;
    }
    return editor
        .entries()
        .removeIf(e -> e.tag() == Elf.DT_RELACOUNT || e.tag() == Elf.DT_RELCOUNT);
  }

  /** Places the string alone, so that tools that read the file find it as the loader does. */
  private boolean insertText(byte[] text) {
    long table = dynamic.find(Elf.DT_STRTAB).getAsLong();
    long distance = dynamic.strings().offset() - table;
    ElfEditor.Block block = new ElfEditor.Block(text, 1);
    boolean placed =
        editor.placeInPadding(
            List.of(block),
            segment ->
                segment.offset() - segment.virtualAddress() == distance
                    && Long.compareUnsigned(segment.endAddress(), table) > 0);
    if (placed) {
      editor.setDynamic(Elf.DT_STRSZ, block.address() + block.size() - table);
      addEntry(block.address() - table);
      editor.describe(block, sectionName());
    }
    return placed;
  }

  /** Returns the offset of a name for the new section: the tail of the name of the string table. */
  private OptionalInt sectionName() {
    Optional<ElfSections.Section> strings =
        editor.sections().find(Elf.SHT_STRTAB, dynamic.find(Elf.DT_STRTAB).getAsLong());
    return strings.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(strings.get().name() + TEXT_SECTION_NAME_SKIP);
  }

  private Change moveDynamic(byte[] strings, int place) {
    addEntry(place);
    int entrySize = 2 * file.header().bytes().wordSize();
    ElfEditor.Block table = new ElfEditor.Block(strings, 1);
    ElfEditor.Block entries =
        new ElfEditor.Block(new byte[(editor.entries().size() + 1) * entrySize], entrySize);
    checkNothingFollows();
    editor.placeAtEnd(List.of(entries, table), true);
    editor.moveDynamic(entries);
    useTable(table);
    return Change.DYNAMIC_AT_END;
  }
}
