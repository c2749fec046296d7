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
import java.util.stream.Stream;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.Room;
import org.onemalloc.objectfile.TextSearch;

/**
 * An ELF file, 32-bit or 64-bit, of either byte order, read as the loader reads it: from the
 * program headers and the dynamic section alone. Only {@link #linkerSymbols} and {@link #findTexts}
 * read section headers; everything else is the same for a file without section headers.
 *
 * <p>Immutable and safe for use by several threads. Addresses are those of the file, before
 * relocation, and unsigned. A malformed file is refused with an {@link ObjectFileException}:
 * malformed headers and a malformed dynamic section when the file is read, everything else by the
 * method that reads it. No content leads to another exception, to an endless loop, or to the use of
 * more memory than about forty times the size of the file.
 */
/*
 * Design note. Everything but the headers and the dynamic section is decoded on request, not when
 * the file is read: callers ask hundreds of files for their names and needed libraries, and few
 * files for their relocations. Only the symbols are cached, because they are requested repeatedly;
 * the data race is benign, because the list is immutable. Rejected: java.nio.MappedByteBuffer (a
 * file truncated by another process causes an InternalError), and a section view for tools that
 * want names (sections describe the intention of the linker, not the behaviour of the loader).
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
   * @param path a regular file of less than 2 GiB that fits into {@linkplain Room the heap}
   * @throws ObjectFileException if the file is not a regular file, is too large, or is not a
   *     well-formed ELF file
   * @throws IOException if the file cannot be read
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
   * Fills an array from the start of a file. Returns a shorter array if the file is shorter. Reads
   * pieces that fit into the processor's cache, because the JDK copies each piece once more.
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
   * Reads a file from a copy of its bytes.
   *
   * @param content the whole file; copied
   * @param name the name of the file for messages, usually its path
   * @throws ObjectFileException if the content is not a well-formed ELF file
   */
  public static ElfFile of(byte[] content, String name) {
    return parse(content.clone(), name);
  }

  /**
   * Reads a file from its bytes without copying them.
   *
   * @param content the whole file; not copied, and must not be changed afterwards
   * @param name the name of the file for messages, usually its path
   * @throws ObjectFileException if the content is not a well-formed ELF file
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

  /** Returns the name under which the file was read. */
  public String name() {
    return bytes.name();
  }

  /** Returns a copy of the whole file. */
  public byte[] bytes() {
    return bytes.array().clone();
  }

  /** Returns the whole file, read-only and not copied. */
  public ByteBuffer content() {
    return ByteBuffer.wrap(bytes.array()).asReadOnlyBuffer().order(bytes.order());
  }

  /** Returns the processor that the file is for. */
  public ElfMachine machine() {
    return header.machine();
  }

  /** Returns whether an address has 8 bytes, not 4. */
  public boolean is64Bit() {
    return bytes.is64Bit();
  }

  /** Returns the byte order of the numbers in the file. */
  public ByteOrder byteOrder() {
    return bytes.order();
  }

  /** Returns the kind of processes that can load the file. */
  public ElfKind kind() {
    return new ElfKind(is64Bit(), byteOrder(), machine());
  }

  /** Returns the type of the file. */
  public ElfType type() {
    return ElfType.of(header.type());
  }

  /** Returns the path of the loader that the file names (PT_INTERP); most libraries name none. */
  public Optional<String> interpreter() {
    return interpreter;
  }

  /**
   * Returns whether the file has a dynamic section; a file without one is static or not linked yet.
   */
  public boolean isDynamic() {
    return dynamic.isPresent();
  }

  /** Returns whether the file is marked as a position-independent program (DF_1_PIE). */
  public boolean isPositionIndependentProgram() {
    return (dynamic.valueOr(Elf.DT_FLAGS_1, 0) & Elf.DF_1_PIE) != 0;
  }

  /** Returns the address of the entry point, before relocation ({@code e_entry}); 0 if none. */
  public long entry() {
    return bytes.word(24);
  }

  /** Returns the program headers in file order. */
  public List<ElfSegment> segments() {
    return header.segments();
  }

  /**
   * Returns the entries of the dynamic section before DT_NULL, in file order; empty if there is no
   * dynamic section.
   */
  public List<ElfDynamicEntry> dynamicEntries() {
    return dynamic.entries();
  }

  /** Returns the DT_NEEDED names in file order, with {@code $ORIGIN} and the like not expanded. */
  public List<String> needed() {
    return needed;
  }

  /**
   * Returns a string of the dynamic string table, such as the one for the value of a DT_FILTER
   * entry.
   *
   * @param place {@code d_val} of the entry
   * @throws ObjectFileException if there is no such place in the table
   */
  public String dynamicString(long place) {
    return dynamic.strings().at(place);
  }

  /** Returns the soname (DT_SONAME). */
  public Optional<String> soname() {
    return soname;
  }

  /**
   * Returns the auditors that a program names in DT_AUDIT and DT_DEPAUDIT (rtld-audit(7), {@code ld
   * --audit}).
   *
   * @return names of files as in DT_NEEDED; the loader follows only those of the program itself
   */
  public List<String> auditors() {
    return Stream.of(Elf.DT_AUDIT, Elf.DT_DEPAUDIT)
        .flatMap(tag -> string(dynamic.strings(), tag).stream())
        .flatMap(names -> Stream.of(names.split(":", -1)))
        .filter(name -> !name.isEmpty())
        .toList();
  }

  /** Returns DT_RPATH, which the loader ignores if there is a {@link #runpath()}. */
  public Optional<String> rpath() {
    return rpath;
  }

  /** Returns DT_RUNPATH. */
  public Optional<String> runpath() {
    return runpath;
  }

  /**
   * Returns the dynamic symbols, index 0 (the null symbol) included; empty if there are none.
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
   * Returns the symbols of the section SHT_SYMTAB, index 0 included. Linkers read them in
   * relocatable objects; loaders do not read them. A linked file has them too unless it was
   * stripped.
   *
   * @return the symbols, decoded at each call; empty without that section
   * @throws ObjectFileException if the table or its names are malformed
   */
  public List<ElfSymbol> linkerSymbols() {
    return ElfSymbolTable.readForLinker(header);
  }

  /**
   * Returns the symbols of this name that another file can bind to. Finds them through the hash
   * table, as the loader does. The result has more than one symbol if there are several versions.
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
   * Returns the symbols in the hash table, which are all that a loader can find. Symbols of one
   * name are in the order in which the loader finds them. The result includes canonical PLT entries
   * (not defined, but with a value), local symbols and hidden symbols; each loader has its own
   * rules for skipping these.
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
   * Returns whether the symbols have versions: the file has DT_VERSYM, and defines or needs
   * versions (glibc, {@code elf/dl-version.c}, {@code _dl_check_map_versions}).
   */
  public boolean hasVersions() {
    return dynamic.find(Elf.DT_VERSYM).isPresent()
        && (dynamic.find(Elf.DT_VERDEF).isPresent() || dynamic.find(Elf.DT_VERNEED).isPresent());
  }

  /**
   * Returns whether another file can bind to a symbol of this name in this file.
   *
   * @throws ObjectFileException if a table is malformed
   */
  public boolean exports(String symbolName) {
    return !exportsOf(symbolName).isEmpty();
  }

  /**
   * Returns whether the file refers to a symbol of this name that it does not define.
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

  /**
   * Returns whether the loader resolves the symbols of this file in the file itself first
   * (DT_SYMBOLIC or DF_SYMBOLIC).
   */
  public boolean isSymbolic() {
    return dynamic.find(Elf.DT_SYMBOLIC).isPresent()
        || (dynamic.valueOr(Elf.DT_FLAGS, 0) & Elf.DF_SYMBOLIC) != 0;
  }

  /**
   * Returns whether the file needs space in the static TLS block, of which little is left for files
   * opened after the start: it has DF_STATIC_TLS, or a relocation that computes an offset from the
   * thread pointer.
   *
   * @throws ObjectFileException if a relocation table is malformed
   */
  public boolean hasStaticTls() {
    return (dynamic.valueOr(Elf.DT_FLAGS, 0) & Elf.DF_STATIC_TLS) != 0
        || relocations().stream().anyMatch(r -> machine().isStaticTls(r.type()));
  }

  /**
   * Returns whether the file finds thread-local variables through {@code __tls_get_addr}, which may
   * itself allocate. An allocator with such variables can recurse until the stack overflows when it
   * replaces malloc (glibc's NEWS for 2.39).
   *
   * @throws ObjectFileException if a relocation table is malformed
   */
  public boolean hasDynamicTls() {
    return relocations().stream().anyMatch(r -> machine().isDynamicTls(r.type()));
  }

  /**
   * Returns the size in bytes of the thread-local storage that each thread has for the file
   * (PT_TLS), unsigned.
   */
  public long tlsSize() {
    for (ElfSegment segment : header.segments()) {
      if (segment.type() == Elf.PT_TLS) {
        return segment.memorySize();
      }
    }
    return 0;
  }

  /**
   * Returns the entries of DT_REL, DT_RELA and DT_JMPREL, in this order, decoded at each call.
   *
   * @throws ObjectFileException if a table is malformed, or if the file is for 64-bit MIPS, whose
   *     entries have another format
   */
  public List<ElfRelocation> relocations() {
    return ElfRelocations.read(dynamic);
  }

  /**
   * Returns the addresses to which the loader adds the load address (DT_RELR), in table order. The
   * result is a stream because eight bytes of that table can stand for 63 addresses.
   *
   * @throws ObjectFileException if the table is malformed
   */
  public LongStream relativeRelocations() {
    return ElfRelocations.relative(dynamic);
  }

  /**
   * Returns a copy of the bytes that the file has for an address.
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
   * Returns a copy of the whole file with other bytes at an address.
   *
   * @param virtualAddress the first address
   * @param replacement the bytes at that address in the copy
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
   * Searches the loaded segments that are not writable for text, such as a version. The bytes are
   * read as Latin-1.
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
   * Finds texts in all parts of the file that may contain text. The sections that hold code,
   * symbols, relocations and hash tables, which are most of a large library, are skipped. A file
   * without section headers is searched as a whole.
   *
   * @param search the texts to find
   * @param match receives each place, an offset in the file, in ascending order
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

  /** Returns the headers, for the editors of this package. */
  ElfHeader header() {
    return header;
  }

  /** Returns the dynamic section, for the editors of this package. */
  ElfDynamic dynamic() {
    return dynamic;
  }
}
