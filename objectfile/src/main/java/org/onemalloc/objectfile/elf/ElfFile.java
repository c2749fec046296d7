package org.onemalloc.objectfile.elf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.Room;
import org.onemalloc.objectfile.TextSearch;

/**
 * An ELF file, 32-bit or 64-bit, of either byte order, read as the loader reads it: from the
 * program headers and the dynamic section alone. Section headers are not looked at; a file without
 * any reads the same.
 *
 * <p>Immutable and safe for use by several threads. Addresses are those of the file, before
 * relocation, and unsigned. What is malformed is refused with an {@link ObjectFileException}: the
 * headers and the dynamic section when the file is read, the rest by the method that reads it. No
 * content whatever leads to another exception, an endless loop, or more memory than about forty
 * times the size of the file.
 */
/*
 * Design note. Everything past the dynamic section is decoded when asked for, not when the file is
 * read: hundreds of files at a time are asked for their names and needs, few for their relocations. Only the symbols are kept once decoded, since they are asked for again and again; the race in
 * doing so is benign, because the list is immutable. Rejected: java.nio.MappedByteBuffer (a file
 * truncated by somebody else turns into an InternalError), and a section view for tools that want
 * names (it describes what the linker meant, not what the loader does).
 */
public final class ElfFile {
  private static final int PIECE = 1 << 17;

  private final ElfHeader header;
  private final ElfBytes bytes;
  private final ElfDynamic dynamic;
  private final Optional<String> interpreter;
  private final List<String> needed;
  private final Optional<String> soname;
  private final Optional<String> rpath;
  private final Optional<String> runpath;
  private List<ElfSymbol> symbols;

  private ElfFile(ElfHeader header) {
    this.header = header;
    this.bytes = header.bytes();
    this.dynamic = ElfDynamic.parse(header);
    this.interpreter = readInterpreter();
    ElfStrings strings = dynamic.strings();
    List<String> names = new ArrayList<>();
    for (ElfDynamicEntry entry : dynamic.entries()) {
      if (entry.tag() == Elf.DT_NEEDED) {
        names.add(strings.at(entry.value()));
      }
    }
    this.needed = List.copyOf(names);
    this.soname = string(strings, Elf.DT_SONAME);
    this.rpath = string(strings, Elf.DT_RPATH);
    this.runpath = string(strings, Elf.DT_RUNPATH);
  }

  /**
   * Reads a file.
   *
   * @param path a regular file of less than 2 GiB, for which there is {@linkplain Room room}
   * @throws ObjectFileException if it is not a regular file, is too large, or is not a well-formed
   *     ELF file
   * @throws IOException if it cannot be read
   */
  public static ElfFile read(Path path) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new ObjectFileException(path + " is not an ELF file: it is not a regular file.");
    }
    try (FileChannel channel = FileChannel.open(path)) {
      byte[] start = read(channel, new byte[4]);
      if (!ElfHeader.hasMagic(start)) {
        return parse(start, path.toString());
      }
      return parse(read(channel, Room.of(channel.size(), path.toString())), path.toString());
    }
  }

  /**
   * Fills an array from the start of a file; a shorter one if the file is. In pieces that stay in
   * the processor's cache, since the JDK copies each piece once more.
   */
  private static byte[] read(FileChannel channel, byte[] into) throws IOException {
    int length = 0;
    while (length < into.length) {
      int piece = Math.min(PIECE, into.length - length);
      int count = channel.read(ByteBuffer.wrap(into, length, piece), length);
      if (count < 0) {
        return Arrays.copyOf(into, length);
      }
      length += count;
    }
    return into;
  }

  /**
   * Reads bytes.
   *
   * @param content the whole file; copied
   * @param name what to call it in messages, usually its path
   * @throws ObjectFileException if it is not a well-formed ELF file
   */
  public static ElfFile of(byte[] content, String name) {
    return parse(content.clone(), name);
  }

  /**
   * Takes bytes over.
   *
   * @param content the whole file; not copied, and must not be changed afterwards
   * @param name what to call it in messages, usually its path
   * @throws ObjectFileException if it is not a well-formed ELF file
   */
  public static ElfFile over(byte[] content, String name) {
    return parse(content, name);
  }

  private static ElfFile parse(byte[] content, String name) {
    return new ElfFile(ElfHeader.parse(content, name));
  }

  private Optional<String> readInterpreter() {
    for (ElfSegment segment : header.segments()) {
      if (segment.type() == Elf.PT_INTERP) {
        int from = (int) segment.offset();
        return Optional.of(bytes.text(from, bytes.endOfText(from, (int) segment.endOffset())));
      }
    }
    return Optional.empty();
  }

  private Optional<String> string(ElfStrings strings, long tag) {
    OptionalLong place = dynamic.find(tag);
    return place.isEmpty() ? Optional.empty() : Optional.of(strings.at(place.getAsLong()));
  }

  /** The name it was read under. */
  public String name() {
    return bytes.name();
  }

  /** A copy of the whole file. */
  public byte[] bytes() {
    return bytes.array().clone();
  }

  /** The whole file, read-only and not copied. */
  public ByteBuffer content() {
    return ByteBuffer.wrap(bytes.array()).asReadOnlyBuffer().order(bytes.order());
  }

  /** The processor it is for. */
  public ElfMachine machine() {
    return header.machine();
  }

  /** Whether addresses have 8 bytes, not 4. */
  public boolean is64Bit() {
    return bytes.is64Bit();
  }

  /** The byte order of its numbers. */
  public ByteOrder byteOrder() {
    return bytes.order();
  }

  /** Which processes it is for. */
  public ElfKind kind() {
    return new ElfKind(is64Bit(), byteOrder(), machine());
  }

  /** What kind of file it is. */
  public ElfType type() {
    return ElfType.of(header.type());
  }

  /** The path of the loader it asks for (PT_INTERP); libraries usually have none. */
  public Optional<String> interpreter() {
    return interpreter;
  }

  /** Whether it has a dynamic section; without one it is static or not linked yet. */
  public boolean isDynamic() {
    return dynamic.isPresent();
  }

  /** Whether it says that it is a position-independent program, not a library (DF_1_PIE). */
  public boolean isPositionIndependentProgram() {
    return (dynamic.valueOr(Elf.DT_FLAGS_1, 0) & Elf.DF_1_PIE) != 0;
  }

  /** The address of its first instruction, before relocation ({@code e_entry}); 0 without one. */
  public long entry() {
    return bytes.word(24);
  }

  /** The program headers in file order. */
  public List<ElfSegment> segments() {
    return header.segments();
  }

  /** The entries of the dynamic section before DT_NULL, in file order; empty if not dynamic. */
  public List<ElfDynamicEntry> dynamicEntries() {
    return dynamic.entries();
  }

  /** The DT_NEEDED names in file order, {@code $ORIGIN} and the like not expanded. */
  public List<String> needed() {
    return needed;
  }

  /**
   * A string of the dynamic string table, such as the value of a DT_FILTER entry points to.
   *
   * @param place {@code d_val} of the entry
   * @throws ObjectFileException if it is not in the table
   */
  public String dynamicString(long place) {
    return dynamic.strings().at(place);
  }

  /** DT_SONAME. */
  public Optional<String> soname() {
    return soname;
  }

  /** DT_RPATH, which the loader ignores where there is a {@link #runpath()}. */
  public Optional<String> rpath() {
    return rpath;
  }

  /** DT_RUNPATH. */
  public Optional<String> runpath() {
    return runpath;
  }

  /**
   * The dynamic symbols, index 0 (the null symbol) included; empty if there are none.
   *
   * @throws ObjectFileException if the table, its hash tables or its versions are malformed
   */
  public List<ElfSymbol> dynamicSymbols() {
    List<ElfSymbol> known = symbols;
    if (known == null) {
      known = ElfSymbolTable.read(dynamic, relocations());
      symbols = known;
    }
    return known;
  }

  /**
   * The symbols of a relocatable object, which a linker sees and no loader: those of the section
   * SHT_SYMTAB, index 0 included. A linked file has them too unless it was stripped.
   *
   * @return decoded anew at each call; empty without that section
   * @throws ObjectFileException if the table or its names are malformed
   */
  public List<ElfSymbol> linkerSymbols() {
    return ElfSymbolTable.readForLinker(header);
  }

  /**
   * The symbols of this name that another file can bind to, found through the hash table as the
   * loader does; more than one where there are several versions.
   *
   * @throws ObjectFileException if a table is malformed
   */
  public List<ElfSymbol> exportsOf(String symbolName) {
    ElfHashTable table = ElfHashTable.of(dynamic);
    List<ElfSymbol> all = dynamicSymbols();
    if (table == null || all.isEmpty()) {
      return List.of();
    }
    List<ElfSymbol> found = new ArrayList<>();
    table.forEachCandidate(
        symbolName,
        index -> {
          ElfSymbol symbol = all.get(index);
          if (symbol.isExported() && symbol.name().equals(symbolName)) {
            found.add(symbol);
          }
        });
    return List.copyOf(found);
  }

  /**
   * The symbols that the hash table leads to, which are all that a loader can find, in the order in
   * which it meets those of one name. Among them are canonical PLT entries (not defined, but with a
   * value), local and hidden ones; a loader passes over them by rules of its own.
   *
   * @throws ObjectFileException if a table is malformed
   */
  public List<ElfSymbol> hashedSymbols() {
    ElfHashTable table = ElfHashTable.of(dynamic);
    List<ElfSymbol> all = dynamicSymbols();
    if (table == null || all.isEmpty()) {
      return List.of();
    }
    List<ElfSymbol> found = new ArrayList<>();
    table.forEachFound(index -> all.get(index).name(), index -> found.add(all.get(index)));
    return List.copyOf(found);
  }

  /**
   * Whether its symbols have versions: DT_VERSYM, and versions that it defines or needs (glibc,
   * {@code elf/dl-version.c}, {@code _dl_check_map_versions}).
   */
  public boolean hasVersions() {
    return dynamic.find(Elf.DT_VERSYM).isPresent()
        && (dynamic.find(Elf.DT_VERDEF).isPresent() || dynamic.find(Elf.DT_VERNEED).isPresent());
  }

  /**
   * Whether another file can bind to a symbol of this name here.
   *
   * @throws ObjectFileException if a table is malformed
   */
  public boolean exports(String symbolName) {
    return !exportsOf(symbolName).isEmpty();
  }

  /**
   * Whether it refers to a symbol of this name that it does not define.
   *
   * @throws ObjectFileException if a table is malformed
   */
  public boolean imports(String symbolName) {
    for (ElfSymbol symbol : dynamicSymbols()) {
      if (!symbol.isDefined()
          && symbol.binding() != ElfSymbol.Binding.LOCAL
          && symbol.name().equals(symbolName)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the loader looks here first for its own symbols (DT_SYMBOLIC or DF_SYMBOLIC). */
  public boolean isSymbolic() {
    return dynamic.find(Elf.DT_SYMBOLIC).isPresent()
        || (dynamic.valueOr(Elf.DT_FLAGS, 0) & Elf.DF_SYMBOLIC) != 0;
  }

  /**
   * Whether it takes room in the static TLS block, which is small for files opened after the start:
   * DF_STATIC_TLS, or a relocation that computes an offset from the thread pointer.
   *
   * @throws ObjectFileException if a relocation table is malformed
   */
  public boolean hasStaticTls() {
    return (dynamic.valueOr(Elf.DT_FLAGS, 0) & Elf.DF_STATIC_TLS) != 0
        || relocations().stream().anyMatch(r -> machine().isStaticTls(r.type()));
  }

  /**
   * Whether it finds thread-local variables through {@code __tls_get_addr}, which may itself
   * allocate. An allocator that does so can recurse until the stack ends when it replaces malloc
   * (glibc's NEWS for 2.39).
   *
   * @throws ObjectFileException if a relocation table is malformed
   */
  public boolean hasDynamicTls() {
    return relocations().stream().anyMatch(r -> machine().isDynamicTls(r.type()));
  }

  /** The bytes of thread-local storage that each thread has for it (PT_TLS), unsigned. */
  public long tlsSize() {
    for (ElfSegment segment : header.segments()) {
      if (segment.type() == Elf.PT_TLS) {
        return segment.memorySize();
      }
    }
    return 0;
  }

  /**
   * The entries of DT_REL, DT_RELA and DT_JMPREL, in this order, decoded anew at each call.
   *
   * @throws ObjectFileException if a table is malformed, or for 64-bit MIPS, whose entries look
   *     different
   */
  public List<ElfRelocation> relocations() {
    return ElfRelocations.read(dynamic);
  }

  /**
   * The addresses to which the loader adds the load address (DT_RELR), in table order. A stream,
   * since eight bytes of that table can stand for 63 addresses.
   *
   * @throws ObjectFileException if the table is malformed
   */
  public LongStream relativeRelocations() {
    return ElfRelocations.relative(dynamic);
  }

  /**
   * A copy of what the file has for an address.
   *
   * @param virtualAddress the first address
   * @param length how many bytes, at least 0
   * @throws ObjectFileException if they are not all in the bytes of one loaded segment
   */
  public byte[] bytesAt(long virtualAddress, int length) {
    int from = header.requireOffset(virtualAddress, length, length + " bytes");
    return Arrays.copyOfRange(bytes.array(), from, from + length);
  }

  /**
   * A copy of the whole file with other bytes at an address.
   *
   * @param virtualAddress the first address
   * @param replacement what is there in the copy
   * @throws ObjectFileException if they are not all in the bytes of one loaded segment
   */
  public byte[] withBytesAt(long virtualAddress, byte[] replacement) {
    String what = replacement.length + " bytes";
    int at = header.requireOffset(virtualAddress, replacement.length, what);
    byte[] copy = bytes();
    System.arraycopy(replacement, 0, copy, at, replacement.length);
    return copy;
  }

  /**
   * Looks for text, such as a version, in the loaded segments that are not writable, taken as
   * Latin-1.
   *
   * @return the first match
   */
  public Optional<String> findInReadOnlyData(Pattern pattern) {
    for (ElfSegment segment : header.segments()) {
      if (segment.isLoad() && !segment.isWritable()) {
        int from = (int) segment.offset();
        int length = (int) segment.fileSize();
        Matcher matcher =
            pattern.matcher(new String(bytes.array(), from, length, StandardCharsets.ISO_8859_1));
        if (matcher.find()) {
          return Optional.of(matcher.group());
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Finds texts wherever the file may have any: everywhere but in what its section headers call
   * code, symbols, relocations and hash tables, which is most of a large library. Without section
   * headers everywhere.
   *
   * @param search what to look for
   * @param match told of each place, an offset in the file, in rising order
   */
  public void findTexts(TextSearch search, TextSearch.Match match) {
    List<ElfSections.Section> textless =
        ElfSections.parse(header, bytes).all().stream()
            .filter(ElfSections.Section::isTextless)
            .sorted(Comparator.comparingLong(ElfSections.Section::offset))
            .toList();
    int from = 0;
    for (ElfSections.Section section : textless) {
      long offset = section.offset();
      if (offset >= from && section.size() >= 0 && section.size() <= bytes.size() - offset) {
        search.forEach(bytes.array(), from, (int) offset, match);
        from = (int) (offset + section.size());
      }
    }
    search.forEach(bytes.array(), from, bytes.size(), match);
  }

  /** Its headers, for the editors of this package. */
  ElfHeader header() {
    return header;
  }

  /** Its dynamic section, for the editors of this package. */
  ElfDynamic dynamic() {
    return dynamic;
  }
}
