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
 * for symbols immediately after the program itself and before libc; or makes it an auxiliary
 * library, which the loader searches immediately before the library that names it.
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

  /** The tag of the entry that is added for the library. */
  private final long tag;

  /** The run path; empty to leave it as it is. */
  private final String runPath;

  /** Where the run path begins in the text that is added. */
  private int runPathAt;

  private NeededLibraries(ElfFile file, long tag) {
    this(file, tag, "");
  }

  private NeededLibraries(ElfFile file, long tag, String runPath) {
    this.file = file;
    this.tag = tag;
    this.runPath = runPath;
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
    checkName(library);
    if (!file.needed().isEmpty() && file.needed().getFirst().equals(library)) {
      return new Edit(Change.NONE, file);
    }
    check(file);
    NeededLibraries needed = new NeededLibraries(file, Elf.DT_NEEDED);
    Change change =
        file.needed().contains(library) ? needed.reorder(library) : needed.insert(library);
    ElfFile after = ElfFile.over(needed.editor.finish(), file.name());
    verify(after, file, library);
    return new Edit(change, after);
  }

  /**
   * Makes a library the first DT_NEEDED by its name alone, and adds a directory to the run path:
   * for musl's loader, which expands {@code $ORIGIN} in a run path and not in the name of a
   * library.
   *
   * @param file as above
   * @param library a file name
   * @param directory a path, or one that starts with {@code $ORIGIN}
   * @return as above
   * @throws IllegalArgumentException if a name is empty or contains a zero character
   * @throws ObjectFileException as above, or if {@code file} needs a library of that name already
   */
  public static Edit firstFrom(ElfFile file, String library, String directory) {
    checkName(library);
    checkName(directory);
    String before = file.runpath().or(file::rpath).orElse("");
    boolean searched = List.of(before.split(":", -1)).contains(directory);
    if (searched && !file.needed().isEmpty() && file.needed().getFirst().equals(library)) {
      return new Edit(Change.NONE, file);
    }
    check(file);
    if (file.needed().contains(library)) {
      throw refusal(file, "it needs a " + library + " already");
    }
    String path = before.isEmpty() ? directory : before + ":" + directory;
    NeededLibraries needed = new NeededLibraries(file, Elf.DT_NEEDED, searched ? "" : path);
    Change change = needed.insert(library);
    ElfFile after = ElfFile.over(needed.editor.finish(), file.name());
    verify(after, file, library);
    if (!searched && !after.runpath().or(after::rpath).filter(path::equals).isPresent()) {
      throw refusal(file, "its headers contradict each other");
    }
    return new Edit(change, after);
  }

  /**
   * Makes a library an auxiliary library of another (DT_AUXILIARY): the loader loads it too if it
   * is there, and searches it for symbols immediately before the library that names it (glibc
   * elf/dl-deps.c). If it is missing, the loader goes on without it.
   *
   * @param file a shared library
   * @param library a file name, a path, or a path that starts with {@code $ORIGIN}
   * @return the new library; the same bytes for the same input
   * @throws IllegalArgumentException if {@code library} is empty or contains a zero character
   * @throws ObjectFileException as {@link #first}
   */
  public static ElfFile withAuxiliary(ElfFile file, String library) {
    checkName(library);
    if (auxiliariesOf(file).contains(library)) {
      return file;
    }
    check(file);
    NeededLibraries added = new NeededLibraries(file, Elf.DT_AUXILIARY);
    Change _ = added.insert(library);
    ElfFile after = ElfFile.over(added.editor.finish(), file.name());
    if (!after.needed().equals(file.needed()) || !auxiliariesOf(after).contains(library)) {
      throw refusal(file, "its headers contradict each other");
    }
    return after;
  }

  private static List<String> auxiliariesOf(ElfFile file) {
    return file.dynamicEntries().stream()
        .filter(entry -> entry.tag() == Elf.DT_AUXILIARY)
        .map(entry -> file.dynamicString(entry.value()))
        .toList();
  }

  private static void checkName(String library) {
    if (library.isEmpty() || library.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a library name is empty or contains a zero character");
    }
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
    List<ElfDynamicEntry> entries = editor.dynamic().entries();
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
    String strung = runPath.isEmpty() ? library : library + "\0" + runPath;
    byte[] text = (strung + "\0").getBytes(StandardCharsets.UTF_8);
    runPathAt = runPath.isEmpty() ? 0 : text.length - bytesOf(runPath) - 1;
    ElfStrings table = dynamic.strings();
    byte[] strings = Arrays.copyOf(tableOf(table), table.size() + text.length);
    System.arraycopy(text, 0, strings, table.size(), text.length);
    if (!makeEntries(runPath.isEmpty() || hasRunPath() ? 1 : 2)) {
      return moveDynamic(strings, table.size());
    }
    ElfBlock whole = new ElfBlock(strings, 1);
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
          "it has %d bytes past its last structure, which a program may find from the end of the file, and there is too little room before them: do this before they are appended"
              .formatted(editor.following()));
    }
  }

  private byte[] tableOf(ElfStrings table) {
    byte[] all = file.header().bytes().array();
    return Arrays.copyOfRange(all, table.offset(), table.offset() + table.size());
  }

  private void useTable(ElfBlock strings) {
    editor.moveSection(Elf.SHT_STRTAB, dynamic.find(Elf.DT_STRTAB).getAsLong(), strings);
    editor.dynamic().set(Elf.DT_STRTAB, strings.address());
    editor.dynamic().set(Elf.DT_STRSZ, strings.size());
  }

  private void addEntry(long string) {
    List<ElfDynamicEntry> entries = editor.dynamic().entries();
    int first = 0;
    while (first < entries.size() && entries.get(first).tag() != Elf.DT_NEEDED) {
      first++;
    }
    int place = first == entries.size() ? 0 : first;
    entries.add(place, new ElfDynamicEntry(tag, string));
    if (runPath.isEmpty()) {
      return;
    }
    long path = string + runPathAt;
    if (hasRunPath()) {
      editor.dynamic().set(runPathTag(), path);
    } else {
      entries.add(new ElfDynamicEntry(Elf.DT_RUNPATH, path));
    }
  }

  private boolean hasRunPath() {
    return file.runpath().isPresent() || file.rpath().isPresent();
  }

  private long runPathTag() {
    return file.runpath().isPresent() ? Elf.DT_RUNPATH : Elf.DT_RPATH;
  }

  private static int bytesOf(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /**
   * Makes room for more entries in the dynamic section without moving it; returns whether there is
   * room.
   */
  private boolean makeEntries(int count) {
    List<ElfDynamicEntry> entries = editor.dynamic().entries();
    if (entries.size() + count < dynamic.slots()) {
      return true;
    }
    boolean _ = entries.removeIf(e -> e.tag() == Elf.DT_RELACOUNT || e.tag() == Elf.DT_RELCOUNT);
    return entries.size() + count < dynamic.slots();
  }

  /** Places the string alone, so that tools that read the file find it as the loader does. */
  private boolean insertText(byte[] text) {
    long table = dynamic.find(Elf.DT_STRTAB).getAsLong();
    long distance = dynamic.strings().offset() - table;
    ElfBlock block = new ElfBlock(text, 1);
    boolean placed =
        editor.placeInPadding(
            List.of(block),
            segment ->
                segment.offset() - segment.virtualAddress() == distance
                    && Long.compareUnsigned(segment.endAddress(), table) > 0);
    if (placed) {
      editor.dynamic().set(Elf.DT_STRSZ, block.address() + block.size() - table);
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
    ElfBlock table = new ElfBlock(strings, 1);
    ElfBlock entries =
        new ElfBlock(new byte[(editor.dynamic().entries().size() + 1) * entrySize], entrySize);
    checkNothingFollows();
    editor.placeAtEnd(List.of(entries, table), true);
    editor.moveDynamic(entries);
    useTable(table);
    return Change.DYNAMIC_AT_END;
  }
}
