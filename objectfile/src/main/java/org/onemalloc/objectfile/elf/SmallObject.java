package org.onemalloc.objectfile.elf;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A shared library written from scratch: its names, its needed libraries, some code and data. */
/*
 * Design note. The library has two segments. The first contains the tables and the code. The second
 * is writable and contains the data and then the dynamic section, because the loader writes into it
 * (DT_DEBUG, and relocated pointers on some machines). The second starts one page later in memory
 * than in the file, so that the file needs no padding. The data follows the code immediately, so
 * that the distance between them is one page for every file: code refers to data relative to itself
 * and needs no relocation. There is no RUNPATH: the needed libraries are found like the program's
 * own, or by an absolute path. The section headers serve tools only.
 *
 * Data that the code never writes is in PT_GNU_RELRO, which the loader makes read-only after
 * relocation. The loader protects whole pages, and the last page only if all of it belongs to the
 * segment (glibc elf/dl-reloc.c, _dl_protect_relro). Therefore the writable segment then extends to
 * the end of the largest page of any kernel. The additional pages are never accessed.
 */
final class SmallObject {
  /** The distance between code and data for which the references in the code are assembled. */
  static final int DISTANCE = 0x10000;

  /** The name of the function that the loader calls before the program starts, if there is one. */
  static final String START = "onemalloc_start";

  private static final int SEGMENTS = 5;

  /** A word of data that the loader fills in. */
  sealed interface Word {
    /** The address of a function, which the loader looks up as for a call. */
    record Function(String name) implements Word {}

    /** The address of a place in the code. */
    record Code(int offset) implements Word {}

    /** The address of a string that ends with a zero byte. */
    record Text(String text) implements Word {}
  }

  /**
   * A function of the code.
   *
   * @param name its exported name
   * @param chooses whether it is an STT_GNU_IFUNC, which returns the address of the function to
   *     call
   * @param offset the offset of its first instruction in the code
   */
  record Function(String name, boolean chooses, int offset) {}

  private final ElfHeader model;
  private final ElfBytes layout;
  private final ByteArrayOutputStream text = new ByteArrayOutputStream();
  private final byte[] code;
  private final boolean constant;
  private final List<Word> data;
  private final List<String> symbolNames = new ArrayList<>();
  private final List<Function> functions;
  private final List<ElfDynamicEntry> dynamic = new ArrayList<>();
  private final int page;
  private final byte[] hash;
  private final int[] nameAt;
  private final long[] textAt;
  private final long hashAt;
  private final long symbolsAt;
  private final long relocationsAt;
  private final long stringsAt;
  private final long codeAt;
  private final long dataAt;
  private final long dynamicAt;
  private final long end;

  SmallObject(
      ElfFile modelFile,
      String soname,
      List<String> needed,
      List<Function> functions,
      byte[] code,
      boolean constant,
      List<Word> data) {
    this.constant = constant;
    model = modelFile.header();
    layout = model.bytes();
    this.code = code;
    this.data = data;
    this.functions = functions;
    page = code.length == 0 ? model.machine().maxPageSize() : DISTANCE;
    text.write(0);
    needed.forEach(name -> dynamic.add(new ElfDynamicEntry(Elf.DT_NEEDED, append(name))));
    dynamic.add(new ElfDynamicEntry(Elf.DT_SONAME, append(soname)));
    List<String> defined = functions.stream().map(Function::name).toList();
    data.stream()
        .filter(word -> word instanceof Word.Function(String name) && !defined.contains(name))
        .forEach(word -> symbolNames.add(((Word.Function) word).name()));
    int firstDefined = 1 + symbolNames.size();
    symbolNames.addAll(defined);
    nameAt = symbolNames.stream().mapToInt(this::append).toArray();
    textAt =
        data.stream().mapToLong(w -> w instanceof Word.Text t ? append(t.text()) : 0).toArray();
    hash = ElfHashWriter.gnuHash(layout, firstDefined, defined);
    hashAt = ElfBytes.alignUp(headerSize() + (long) segments() * layout.segmentHeaderSize(), 8);
    symbolsAt = ElfBytes.alignUp(hashAt + hash.length, 8);
    relocationsAt = symbolsAt + (long) (1 + symbolNames.size()) * layout.symbolSize();
    stringsAt = relocationsAt + relocationsSize();
    codeAt = ElfBytes.alignUp(stringsAt + text.size(), 8);
    dataAt = codeAt + code.length;
    dynamicAt = dataAt + (long) data.size() * layout.wordSize();
    describe();
    end = dynamicAt + 2L * layout.wordSize() * (dynamic.size() + 1);
  }

  private int headerSize() {
    return layout.is64Bit() ? 64 : 52;
  }

  /**
   * Returns the size of DT_RELA. An entry has 24 bytes, because only 64-bit files have data here.
   */
  private long relocationsSize() {
    return 24L * data.size();
  }

  private int append(String string) {
    if (string.isEmpty() || string.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a name is empty or contains a zero character");
    }
    int at = text.size();
    text.writeBytes(string.getBytes(StandardCharsets.UTF_8));
    text.write(0);
    return at;
  }

  private void describe() {
    dynamic.add(new ElfDynamicEntry(Elf.DT_GNU_HASH, hashAt));
    dynamic.add(new ElfDynamicEntry(Elf.DT_STRTAB, stringsAt));
    dynamic.add(new ElfDynamicEntry(Elf.DT_SYMTAB, symbolsAt));
    dynamic.add(new ElfDynamicEntry(Elf.DT_STRSZ, text.size()));
    dynamic.add(new ElfDynamicEntry(Elf.DT_SYMENT, layout.symbolSize()));
    functions.stream()
        .filter(function -> function.name().equals(START))
        .forEach(start -> dynamic.add(new ElfDynamicEntry(Elf.DT_INIT, codeAt + start.offset())));
    if (!data.isEmpty()) {
      dynamic.add(new ElfDynamicEntry(Elf.DT_RELA, relocationsAt));
      dynamic.add(new ElfDynamicEntry(Elf.DT_RELASZ, relocationsSize()));
      dynamic.add(new ElfDynamicEntry(Elf.DT_RELAENT, 24));
    }
  }

  /** Returns the file; the same bytes for the same parts. */
  byte[] content() {
    SmallObjectSections sections = new SmallObjectSections(layout, page);
    boolean full = code.length > 0;
    sections.add(".gnu.hash", Elf.SHT_GNU_HASH, hashAt, hash.length);
    sections.add(".dynsym", Elf.SHT_DYNSYM, symbolsAt, relocationsAt - symbolsAt);
    if (full) {
      sections.add(".rela.dyn", Elf.SHT_RELA, relocationsAt, relocationsSize());
    }
    sections.add(".dynstr", Elf.SHT_STRTAB, stringsAt, text.size());
    if (full) {
      sections.add(".text", Elf.SHT_PROGBITS, codeAt, code.length);
      sections.add(".data", Elf.SHT_PROGBITS, dataAt, dynamicAt - dataAt);
    }
    sections.add(".dynamic", Elf.SHT_DYNAMIC, dynamicAt, end - dynamicAt);
    long sectionsAt = sections.startAfter(end);
    ElfBytes out = layout.over(new byte[Math.toIntExact(sections.endAfter(end))]);
    writeHeader(out, sectionsAt, sections.count());
    writeSegments(out);
    out.put(hashAt, hash);
    writeSymbols(out, sections.indexOf(".text"));
    writeData(out);
    out.put(stringsAt, text.toByteArray());
    out.put(codeAt, code);
    long at = dynamicAt;
    for (ElfDynamicEntry entry : dynamic) {
      out.putWord(at, entry.tag());
      out.putWord(at + layout.wordSize(), entry.value());
      at += 2L * layout.wordSize();
    }
    sections.write(out, end);
    return out.array();
  }

  private void writeHeader(ElfBytes out, long sectionsAt, int sections) {
    long word = layout.wordSize();
    out.put(0, Arrays.copyOf(layout.array(), 8));
    if (!functions.isEmpty()) {
      boolean chooses = functions.stream().anyMatch(Function::chooses);
      out.put(7, new byte[] {chooses ? Elf.ELFOSABI_GNU : Elf.ELFOSABI_NONE});
    }
    out.putU16(16, Elf.ET_DYN);
    out.putU16(18, model.machine().number());
    out.putU32(20, 1);
    out.putWord(24 + word, headerSize());
    out.putWord(24 + 2 * word, sectionsAt);
    long rest = 24 + 3 * word;
    out.putU32(rest, model.flags());
    out.putU16(rest + 4, headerSize());
    out.putU16(rest + 6, layout.segmentHeaderSize());
    out.putU16(rest + 8, segments());
    out.putU16(rest + 10, layout.sectionHeaderSize());
    out.putU16(rest + 12, sections);
    out.putU16(rest + 14, sections - 1);
  }

  private void writeSegments(ElfBytes out) {
    int writable = Elf.PF_R | Elf.PF_W;
    int first = code.length == 0 ? Elf.PF_R : Elf.PF_R | Elf.PF_X;
    long inMemory = constant ? ElfBytes.alignUp(end + page, page) - (dataAt + page) : end - dataAt;
    ElfSegment last = new ElfSegment(Elf.PT_GNU_STACK, writable, 0, 0, 0, 0, 16);
    List<ElfSegment> segments =
        List.of(
            new ElfSegment(Elf.PT_LOAD, first, 0, 0, dataAt, dataAt, page),
            segment(Elf.PT_LOAD, writable, dataAt, inMemory, page),
            segment(Elf.PT_DYNAMIC, writable, dynamicAt, end - dynamicAt, layout.wordSize()),
            last,
            constant ? segment(Elf.PT_GNU_RELRO, Elf.PF_R, dataAt, inMemory, 1) : last);
    for (int i = 0; i < segments(); i++) {
      segments.get(i).write(out, headerSize() + i * layout.segmentHeaderSize());
    }
  }

  private int segments() {
    return constant ? SEGMENTS : SEGMENTS - 1;
  }

  private ElfSegment segment(int type, int flags, long from, long inMemory, long alignment) {
    return new ElfSegment(type, flags, from, from + page, end - from, inMemory, alignment);
  }

  /** Writes the symbols of a 64-bit file; other files have none. */
  private void writeSymbols(ElfBytes out, int textSection) {
    int firstDefined = symbolNames.size() - functions.size();
    for (int i = 0; i < symbolNames.size(); i++) {
      long at = symbolsAt + (long) (i + 1) * layout.symbolSize();
      out.putU32(at, nameAt[i]);
      int type = Elf.STT_NOTYPE;
      if (i >= firstDefined) {
        Function function = functions.get(i - firstDefined);
        type = function.chooses() ? Elf.STT_GNU_IFUNC : Elf.STT_FUNC;
        out.putU16(at + 6, textSection);
        out.putI64(at + 8, codeAt + function.offset());
      }
      out.put(at + 4, new byte[] {(byte) (Elf.STB_GLOBAL << 4 | type)});
    }
  }

  private void writeData(ElfBytes out) {
    boolean x86 = model.machine().equals(ElfMachine.X86_64);
    int relative = x86 ? Elf.R_X86_64_RELATIVE : Elf.R_AARCH64_RELATIVE;
    int address = x86 ? Elf.R_X86_64_JUMP_SLOT : Elf.R_AARCH64_JUMP_SLOT;
    for (int i = 0; i < data.size(); i++) {
      long at = relocationsAt + 24L * i;
      out.putI64(at, dataAt + page + 8L * i);
      switch (data.get(i)) {
        case Word.Function(String name) ->
            out.putI64(at + 8, (symbolNames.indexOf(name) + 1L) << 32 | address);
        case Word.Code(int offset) -> {
          out.putI64(at + 8, relative);
          out.putI64(at + 16, codeAt + offset);
        }
        case Word.Text _ -> {
          out.putI64(at + 8, relative);
          out.putI64(at + 16, stringsAt + textAt[i]);
        }
      }
    }
  }
}
