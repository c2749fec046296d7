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
 * <p>Immutable and safe for use by several threads. The object keeps the bytes that it was created
 * from, which must not be changed. Addresses are those of the file, before it is slid. A malformed
 * file is refused with an {@link org.onemalloc.objectfile.ObjectFileException}: malformed headers,
 * segments and libraries when the file is read, everything else by the method that reads it, at
 * each call. No content leads to another exception, to an endless loop, or to the use of more
 * memory than about a hundred times the size of the file.
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
   * @param name the name of the file for messages, usually its path
   * @return the file, or each slice of a fat file in file order
   * @throws org.onemalloc.objectfile.ObjectFileException if the file is not a well-formed Mach-O
   *     file
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

  /** Returns the name under which the file was read. */
  public String name() {
    return bytes.name();
  }

  /** Returns a copy of the file; for a slice of a fat file, a copy of the slice only. */
  public byte[] bytes() {
    return bytes.copy();
  }

  /**
   * Returns the processor, named as for ELF files: {@code x86-64}, {@code aarch64}, {@code x86}, ….
   */
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

  /** Returns whether an address has 8 bytes, not 4. */
  public boolean is64Bit() {
    return header.is64Bit();
  }

  /** Returns the type of the file. */
  public MachoType type() {
    return MachoType.of(header.fileType());
  }

  /**
   * Returns whether its imports name the library that they come from (MH_TWOLEVEL). Otherwise the
   * first loaded file that exports a name provides the definition.
   */
  public boolean isTwoLevel() {
    return (header.flags() & MachoHeader.MH_TWOLEVEL) != 0;
  }

  /** Returns whether it forces flat lookup for every file of its process (MH_FORCE_FLAT). */
  public boolean forcesFlat() {
    return (header.flags() & MachoHeader.MH_FORCE_FLAT) != 0;
  }

  /** Returns the name by which other files link against it (LC_ID_DYLIB). */
  public Optional<String> installName() {
    return installName;
  }

  /** Returns the libraries that it is linked against; the first has ordinal 1. */
  public List<MachoLibrary> libraries() {
    return libraries;
  }

  /**
   * Returns the symbols that dyld binds, in file order. They are read from the chained fixups or
   * the bind opcodes, or from the symbol table in a file that has neither. A file of debug
   * information has no imports.
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

  /** Runs the bind opcodes of the three tables; returns false if the file has none. */
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
   * Returns the symbols that other files can bind to. They are read from the export trie, or from
   * the symbol table in a file without an export trie. The exports of re-exported libraries are not
   * included. A file of debug information has the symbols of the file that it describes, but no
   * exports.
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
   * Returns an export by its name.
   *
   * @param symbol the name, with the leading underscore of C
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
   * Returns the functions that the file replaces in the whole process: the second halves of the
   * tuples in its interpose sections, with the leading underscore of C. dyld applies the tuples of
   * files that are loaded at start.
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

  /** Returns whether a bind stores to the second half of a tuple of the section. */
  private boolean storesReplacee(MachoSegment.Section section, BindOpcodes.Run run) {
    int pointer = is64Bit() ? 8 : 4;
    return run.placesIn(section.address(), section.size(), 2 * pointer)
        .anyMatch(place -> (place - section.address()) % (2L * pointer) == pointer);
  }
}
