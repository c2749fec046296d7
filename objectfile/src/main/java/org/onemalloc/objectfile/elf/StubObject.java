package org.onemalloc.objectfile.elf;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Makes a shared library without code or symbols that only has a soname and needs other libraries.
 *
 * <p>Preloaded with the absolute path of some library as its soname, it takes that library's place:
 * {@code dlopen} of the path gives the stub (glibc compares the path with the sonames of what is
 * loaded, {@code elf/dl-load.c}, {@code _dl_map_object}), and {@code dlsym} on the handle searches
 * what the stub needs, in order.
 */
/*
 * Design note. Two segments: tables, read-only, and the dynamic section, writable, since the loader
 * writes into it (DT_DEBUG, and relocated pointers on some machines). The second starts one maximum
 * page later in memory than in the file, so that the file needs no padding. There is no RUNPATH:
 * what is needed is found as the program's own libraries are, or by an absolute path. Section
 * headers are there for tools alone.
 */
public final class StubObject {
  private static final String SECTION_NAMES =
      "\0.gnu.hash\0.dynsym\0.dynstr\0.dynamic\0.shstrtab\0";
  private static final int SEGMENTS = 4;
  private static final int SECTIONS = 6;

  private final ElfHeader model;
  private final ElfBytes layout;
  private final List<Long> neededAt = new ArrayList<>();
  private final long sonameAt;
  private final byte[] strings;
  private final byte[] hash;
  private final int headerSize;
  private final long hashAt;
  private final long symbolsAt;
  private final long stringsAt;
  private final long tablesEnd;
  private final long dynamicAt;
  private final long dynamicAddress;
  private final long dynamicSize;
  private final long namesAt;
  private final long sectionsAt;

  private StubObject(ElfFile modelFile, String soname, List<String> needed) {
    model = modelFile.header();
    layout = model.bytes();
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    text.write(0);
    needed.forEach(name -> neededAt.add(append(text, name)));
    sonameAt = append(text, soname);
    strings = text.toByteArray();
    hash = ElfHashWriter.gnuHash(layout, 1, List.of());
    headerSize = layout.is64Bit() ? 64 : 52;
    hashAt = ElfEditor.alignUp(headerSize + (long) SEGMENTS * layout.segmentHeaderSize(), 8);
    symbolsAt = ElfEditor.alignUp(hashAt + hash.length, 8);
    stringsAt = symbolsAt + layout.symbolSize();
    tablesEnd = stringsAt + strings.length;
    dynamicAt = ElfEditor.alignUp(tablesEnd, 8);
    dynamicAddress = dynamicAt + model.machine().maxPageSize();
    dynamicSize = 2L * layout.wordSize() * (entries().size() + 1);
    namesAt = dynamicAt + dynamicSize;
    sectionsAt = ElfEditor.alignUp(namesAt + SECTION_NAMES.length(), 8);
  }

  /**
   * Makes a stub.
   *
   * @param model an ELF file of the same process: machine, class, byte order, flags and OS ABI are
   *     taken from it
   * @param soname its DT_SONAME, usually an absolute path
   * @param needed its DT_NEEDED names or paths in search order
   * @return the file; the same bytes for the same arguments
   */
  public static byte[] create(ElfFile model, String soname, List<String> needed) {
    return new StubObject(model, soname, needed).create();
  }

  private static long append(ByteArrayOutputStream text, String string) {
    if (string.isEmpty() || string.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a library name is empty or contains a zero character");
    }
    long at = text.size();
    text.writeBytes(string.getBytes(StandardCharsets.UTF_8));
    text.write(0);
    return at;
  }

  private List<ElfDynamicEntry> entries() {
    List<ElfDynamicEntry> entries = new ArrayList<>();
    neededAt.forEach(at -> entries.add(new ElfDynamicEntry(Elf.DT_NEEDED, at)));
    entries.add(new ElfDynamicEntry(Elf.DT_SONAME, sonameAt));
    entries.add(new ElfDynamicEntry(Elf.DT_GNU_HASH, hashAt));
    entries.add(new ElfDynamicEntry(Elf.DT_STRTAB, stringsAt));
    entries.add(new ElfDynamicEntry(Elf.DT_SYMTAB, symbolsAt));
    entries.add(new ElfDynamicEntry(Elf.DT_STRSZ, strings.length));
    entries.add(new ElfDynamicEntry(Elf.DT_SYMENT, layout.symbolSize()));
    return entries;
  }

  private byte[] create() {
    long end = sectionsAt + (long) SECTIONS * layout.sectionHeaderSize();
    ElfBytes out = layout.over(new byte[Math.toIntExact(end)]);
    writeHeader(out);
    writeSegments(out);
    out.put(hashAt, hash);
    out.put(stringsAt, strings);
    long at = dynamicAt;
    for (ElfDynamicEntry entry : entries()) {
      out.putWord(at, entry.tag());
      out.putWord(at + layout.wordSize(), entry.value());
      at += 2L * layout.wordSize();
    }
    out.put(namesAt, SECTION_NAMES.getBytes(StandardCharsets.US_ASCII));
    writeSections(out);
    return out.array();
  }

  private void writeHeader(ElfBytes out) {
    long word = layout.wordSize();
    out.put(0, Arrays.copyOf(layout.array(), 8));
    out.putU16(16, Elf.ET_DYN);
    out.putU16(18, model.machine().number());
    out.putU32(20, 1);
    out.putWord(24 + word, headerSize);
    out.putWord(24 + 2 * word, sectionsAt);
    long rest = 24 + 3 * word;
    out.putU32(rest, model.flags());
    out.putU16(rest + 4, headerSize);
    out.putU16(rest + 6, layout.segmentHeaderSize());
    out.putU16(rest + 8, SEGMENTS);
    out.putU16(rest + 10, layout.sectionHeaderSize());
    out.putU16(rest + 12, SECTIONS);
    out.putU16(rest + 14, SECTIONS - 1);
  }

  private void writeSegments(ElfBytes out) {
    int page = model.machine().maxPageSize();
    int writable = Elf.PF_R | Elf.PF_W;
    List<ElfSegment> segments =
        List.of(
            new ElfSegment(Elf.PT_LOAD, Elf.PF_R, 0, 0, tablesEnd, tablesEnd, page),
            dynamicSegment(Elf.PT_LOAD, writable, page),
            dynamicSegment(Elf.PT_DYNAMIC, writable, layout.wordSize()),
            new ElfSegment(Elf.PT_GNU_STACK, writable, 0, 0, 0, 0, 16));
    for (int i = 0; i < SEGMENTS; i++) {
      segments.get(i).write(out, headerSize + i * layout.segmentHeaderSize());
    }
  }

  private ElfSegment dynamicSegment(int type, int flags, long alignment) {
    return new ElfSegment(
        type, flags, dynamicAt, dynamicAddress, dynamicSize, dynamicSize, alignment);
  }

  private record Section(
      String name,
      int type,
      long flags,
      long offset,
      long size,
      int link,
      int info,
      long alignment,
      long entrySize) {}

  private void writeSections(ElfBytes out) {
    long word = layout.wordSize();
    long symbol = layout.symbolSize();
    long hashEntry = layout.is64Bit() ? 0 : 4;
    long read = Elf.SHF_ALLOC;
    long write = Elf.SHF_ALLOC | Elf.SHF_WRITE;
    List<Section> sections =
        List.of(
            new Section(
                ".gnu.hash", Elf.SHT_GNU_HASH, read, hashAt, hash.length, 2, 0, 8, hashEntry),
            new Section(".dynsym", Elf.SHT_DYNSYM, read, symbolsAt, symbol, 3, 1, word, symbol),
            new Section(".dynstr", Elf.SHT_STRTAB, read, stringsAt, strings.length, 0, 0, 1, 0),
            new Section(
                ".dynamic", Elf.SHT_DYNAMIC, write, dynamicAt, dynamicSize, 3, 0, word, 2 * word),
            new Section(
                ".shstrtab", Elf.SHT_STRTAB, 0, namesAt, SECTION_NAMES.length(), 0, 0, 1, 0));
    long at = sectionsAt;
    for (Section section : sections) {
      at += layout.sectionHeaderSize();
      write(out, at, section);
    }
  }

  private void write(ElfBytes out, long at, Section section) {
    long word = layout.wordSize();
    long address = section.offset == dynamicAt ? dynamicAddress : section.offset;
    out.putU32(at, SECTION_NAMES.indexOf(section.name + "\0"));
    out.putU32(at + 4, section.type);
    out.putWord(at + 8, section.flags);
    out.putWord(at + 8 + word, section.flags == 0 ? 0 : address);
    out.putWord(at + 8 + 2 * word, section.offset);
    out.putWord(at + 8 + 3 * word, section.size);
    out.putU32(at + 8 + 4 * word, section.link);
    out.putU32(at + 12 + 4 * word, section.info);
    out.putWord(at + 16 + 4 * word, section.alignment);
    out.putWord(at + 16 + 5 * word, section.entrySize);
  }
}
