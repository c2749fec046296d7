package org.onemalloc.objectfile.macho;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiConsumer;
import org.onemalloc.objectfile.bytes.FileBytes;

/**
 * A thin Mach-O file, 32-bit or 64-bit, of either byte order, or one slice of a fat file.
 *
 * <p>Immutable and safe for use by several threads; it keeps the bytes that it was made from, which
 * must not be changed. Addresses are those of the file, before it is slid. What is malformed is
 * refused with an {@link org.onemalloc.objectfile.ObjectFileException}: headers, segments and
 * libraries when the file is read, the rest by the method that reads it, anew at each call. No
 * content whatever leads to another exception, an endless loop, or more memory than about a hundred
 * times the size of the file.
 */
public final class MachoFile {
  private static final int ARM64 = 0x0100_000c;
  private static final int X86_64 = 0x0100_0007;

  private final MachoHeader header;
  private final FileBytes bytes;
  private final List<MachoSegment> segments;
  private final List<MachoLibrary> libraries;
  private final Optional<String> installName;

  private MachoFile(MachoHeader header) {
    this.header = header;
    this.bytes = header.bytes();
    this.segments = MachoSegment.of(header);
    List<MachoLibrary> linked = new ArrayList<>();
    Optional<String> own = Optional.empty();
    for (MachoHeader.Command command : header.commands()) {
      MachoLibrary.Kind kind = kindOf(command.number());
      if (kind != null) {
        linked.add(new MachoLibrary(libraryName(command), kind));
      } else if (command.number() == MachoHeader.LC_ID_DYLIB) {
        own = Optional.of(libraryName(command));
      }
    }
    this.libraries = List.copyOf(linked);
    this.installName = own;
  }

  /**
   * Reads a file.
   *
   * @param content the whole file; kept, not copied
   * @param name what to call it in messages, usually its path
   * @return the file, or each slice of a fat file in file order
   * @throws org.onemalloc.objectfile.ObjectFileException if it is not a well-formed Mach-O file
   */
  public static List<MachoFile> read(byte[] content, String name) {
    return MachoHeader.parse(content, name).stream().map(MachoFile::new).toList();
  }

  private static MachoLibrary.Kind kindOf(int command) {
    return switch (command) {
      case MachoHeader.LC_LOAD_DYLIB -> MachoLibrary.Kind.LOAD;
      case MachoHeader.LC_LOAD_WEAK_DYLIB -> MachoLibrary.Kind.WEAK;
      case MachoHeader.LC_REEXPORT_DYLIB -> MachoLibrary.Kind.REEXPORT;
      case MachoHeader.LC_LAZY_LOAD_DYLIB -> MachoLibrary.Kind.LAZY;
      case MachoHeader.LC_LOAD_UPWARD_DYLIB -> MachoLibrary.Kind.UPWARD;
      default -> null;
    };
  }

  private String libraryName(MachoHeader.Command command) {
    long offset = header.field(command, 8);
    return offset >= command.size()
        ? ""
        : bytes.paddedText(command.offset() + offset, (int) (command.size() - offset));
  }

  /** The name it was read under. */
  public String name() {
    return bytes.name();
  }

  /** A copy of the file, of a fat file's slice that slice alone. */
  public byte[] bytes() {
    return bytes.copy();
  }

  /** Its processor in the words of ELF: {@code x86-64}, {@code aarch64}, {@code x86}, …. */
  public String architecture() {
    return switch (header.cpuType()) {
      case 7 -> "x86";
      case X86_64 -> "x86-64";
      case 12 -> "arm";
      case ARM64 -> "aarch64";
      case 18 -> "ppc";
      case 0x0100_0012 -> "ppc64";
      default -> "machine-" + Integer.toUnsignedString(header.cpuType());
    };
  }

  /** Whether addresses have 8 bytes, not 4. */
  public boolean is64Bit() {
    return header.is64Bit();
  }

  /** What kind of file it is. */
  public MachoType type() {
    return MachoType.of(header.fileType());
  }

  /**
   * Whether its imports name the library that they come from (MH_TWOLEVEL). Otherwise the first
   * loaded file that exports a name provides it.
   */
  public boolean isTwoLevel() {
    return (header.flags() & MachoHeader.MH_TWOLEVEL) != 0;
  }

  /** Whether it makes every file of its process look names up flat (MH_FORCE_FLAT). */
  public boolean forcesFlat() {
    return (header.flags() & MachoHeader.MH_FORCE_FLAT) != 0;
  }

  /** The name that others link against it by (LC_ID_DYLIB). */
  public Optional<String> installName() {
    return installName;
  }

  /** The libraries it is linked against; the first has ordinal 1. */
  public List<MachoLibrary> libraries() {
    return libraries;
  }

  /**
   * What dyld binds, in file order, from the chained fixups or the bind opcodes, and only in a file
   * that has neither from the symbol table. Debug information binds nothing.
   *
   * @throws org.onemalloc.objectfile.ObjectFileException if a table is malformed
   */
  public List<MachoImport> imports() {
    if (type() == MachoType.DEBUG_INFORMATION) {
      return List.of();
    }
    Optional<ChainedFixups> chained = chainedFixups();
    if (chained.isPresent()) {
      return List.copyOf(chained.get().imports());
    }
    Set<MachoImport> imports = new LinkedHashSet<>();
    if (!runBindOpcodes((symbol, _) -> imports.add(symbol))) {
      imports.addAll(MachoSymbols.read(header).imports());
    }
    return List.copyOf(imports);
  }

  private Optional<ChainedFixups> chainedFixups() {
    int number = MachoHeader.LC_DYLD_CHAINED_FIXUPS;
    return header.find(number, number).map(c -> new ChainedFixups(header, c, segments));
  }

  private Optional<MachoHeader.Command> dyldInfo() {
    return header.find(MachoHeader.LC_DYLD_INFO_ONLY, MachoHeader.LC_DYLD_INFO);
  }

  /** Runs the three programs; false if the file has none. */
  private boolean runBindOpcodes(BiConsumer<MachoImport, BindOpcodes.Run> sink) {
    Optional<MachoHeader.Command> info = dyldInfo();
    if (info.isPresent()) {
      run(info.get(), 16, MachoImport.Table.BIND, sink);
      run(info.get(), 24, MachoImport.Table.WEAK_BIND, sink);
      run(info.get(), 32, MachoImport.Table.LAZY_BIND, sink);
    }
    return info.isPresent();
  }

  private void run(
      MachoHeader.Command info,
      int field,
      MachoImport.Table table,
      BiConsumer<MachoImport, BindOpcodes.Run> sink) {
    long offset = header.field(info, field);
    long size = header.field(info, field + 4);
    new BindOpcodes(header, segments, table, sink).run(offset, size);
  }

  /**
   * What other files can bind to, from the export trie, and only in a file without one from the
   * symbol table. The exports of re-exported libraries are not among them. Debug information has
   * the symbols of the file that it is about, and exports none.
   *
   * @throws org.onemalloc.objectfile.ObjectFileException if a table is malformed
   */
  public List<MachoExport> exports() {
    if (type() == MachoType.DEBUG_INFORMATION) {
      return List.of();
    }
    Optional<ExportTrie> trie = exportTrie();
    return List.copyOf(trie.isPresent() ? trie.get().all() : MachoSymbols.read(header).exports());
  }

  /**
   * One export.
   *
   * @param symbol with the leading underscore of C
   * @throws org.onemalloc.objectfile.ObjectFileException if a table on the way is malformed
   */
  public Optional<MachoExport> export(String symbol) {
    Optional<ExportTrie> trie = exportTrie();
    if (trie.isPresent()) {
      return trie.get().find(symbol);
    }
    return exports().stream().filter(e -> e.symbol().equals(symbol)).findFirst();
  }

  private Optional<ExportTrie> exportTrie() {
    int number = MachoHeader.LC_DYLD_EXPORTS_TRIE;
    Optional<MachoHeader.Command> own = header.find(number, number);
    if (own.isPresent()) {
      return own.map(c -> trie(c, 8));
    }
    return dyldInfo().map(c -> trie(c, 40));
  }

  private ExportTrie trie(MachoHeader.Command command, int field) {
    long base =
        segments.stream()
            .filter(s -> s.name().equals("__TEXT"))
            .mapToLong(MachoSegment::address)
            .findFirst()
            .orElse(0);
    long offset = header.field(command, field);
    return new ExportTrie(bytes, offset, header.field(command, field + 4), base);
  }

  /**
   * The functions that it replaces in the whole process: the second halves of the tuples in its
   * interpose sections, with the leading underscore of C. dyld honours them in files that are there
   * at start.
   *
   * @throws org.onemalloc.objectfile.ObjectFileException if a table is malformed
   */
  public List<String> interposed() {
    List<MachoSegment.Section> sections = MachoSegment.interposing(segments);
    if (sections.isEmpty()) {
      return List.of();
    }
    Set<String> names = new LinkedHashSet<>();
    Optional<ChainedFixups> chained = chainedFixups();
    if (chained.isPresent()) {
      addChained(sections, chained.get(), names);
    } else {
      runBindOpcodes(
          (symbol, run) -> {
            if (sections.stream().anyMatch(s -> storesReplacee(s, run))) {
              names.add(symbol.symbol());
            }
          });
    }
    return List.copyOf(names);
  }

  private void addChained(
      List<MachoSegment.Section> sections, ChainedFixups chained, Set<String> names) {
    List<MachoImport> imports = chained.imports();
    int pointer = is64Bit() ? 8 : 4;
    for (MachoSegment.Section section : sections) {
      long tuples = Math.min(section.size(), bytes.size()) / (2L * pointer);
      for (long i = 0; i < tuples; i++) {
        OptionalInt index = chained.importAt(section.address() + pointer * (2 * i + 1));
        if (index.isPresent() && index.getAsInt() < imports.size()) {
          names.add(imports.get(index.getAsInt()).symbol());
        }
      }
    }
  }

  /** Whether a bind stores to the second half of one of a section's tuples. */
  private boolean storesReplacee(MachoSegment.Section section, BindOpcodes.Run run) {
    int pointer = is64Bit() ? 8 : 4;
    return run.placesIn(section.address(), section.size(), 2 * pointer)
        .anyMatch(place -> (place - section.address()) % (2L * pointer) == pointer);
  }
}
