package org.onemalloc.objectfile.macho;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.bytes.FileBytes;

/**
 * The header of a thin file and its load commands ({@code mach-o/loader.h}).
 *
 * @param bytes the thin file
 * @param cpuType the processor, which C calls cputype
 * @param fileType the type of the file, which C calls filetype
 * @param flags the MH_ bits
 * @param commands the load commands in file order
 */
record MachoHeader(
    FileBytes bytes,
    boolean is64Bit,
    int cpuType,
    int fileType,
    int flags,
    List<Command> commands) {

  /** A load command: its number, its offset in the file, and its size in bytes. */
  record Command(int number, int offset, int size) {}

  static final int MH_FORCE_FLAT = 0x100;
  static final int MH_TWOLEVEL = 0x80;

  static final int LC_SEGMENT = 0x1;
  static final int LC_SYMTAB = 0x2;
  static final int LC_LOAD_DYLIB = 0xc;
  static final int LC_ID_DYLIB = 0xd;
  static final int LC_LOAD_WEAK_DYLIB = 0x8000_0018;
  static final int LC_SEGMENT_64 = 0x19;
  static final int LC_REEXPORT_DYLIB = 0x8000_001f;
  static final int LC_LAZY_LOAD_DYLIB = 0x20;
  static final int LC_DYLD_INFO = 0x22;
  static final int LC_DYLD_INFO_ONLY = 0x8000_0022;
  static final int LC_LOAD_UPWARD_DYLIB = 0x8000_0023;
  static final int LC_DYLD_EXPORTS_TRIE = 0x8000_0033;
  static final int LC_DYLD_CHAINED_FIXUPS = 0x8000_0034;

  private static final int FAT_MAGIC = 0xcafebabe;
  private static final int FAT_MAGIC_64 = 0xcafebabf;
  private static final int MH_MAGIC = 0xfeedface;
  private static final int MH_MAGIC_64 = 0xfeedfacf;

  /** Returns the thin files in a file: the file itself, or the slices of a fat file. */
  static List<MachoHeader> parse(byte[] content, String name) {
    FileBytes file = new FileBytes(content, name, "Mach-O", ByteOrder.BIG_ENDIAN);
    int magic = content.length < 8 ? 0 : file.i32(0);
    if (magic != FAT_MAGIC && magic != FAT_MAGIC_64) {
      return List.of(parse(file));
    }
    // A Java class file starts with the same number, followed by a version of at least 45.
    long count = file.u32(4);
    if (count >= 45) {
      throw new ObjectFileException(name + " is not a Mach-O file: it is a Java class.");
    }
    List<MachoHeader> slices = new ArrayList<>();
    boolean wide = magic == FAT_MAGIC_64;
    for (int i = 0; i < count; i++) {
      long entry = 8 + (wide ? 32L : 20L) * i;
      long offset = file.word(entry + 8, wide);
      long size = file.word(entry + (wide ? 16 : 12), wide);
      slices.add(parse(file.part(offset, size, name, "slice %d".formatted(i))));
    }
    return List.copyOf(slices);
  }

  private static MachoHeader parse(FileBytes file) {
    FileBytes bytes = file;
    int magic = file.size() < 28 ? 0 : file.i32(0);
    if (magic != MH_MAGIC && magic != MH_MAGIC_64) {
      bytes = file.in(ByteOrder.LITTLE_ENDIAN);
      magic = file.size() < 28 ? 0 : bytes.i32(0);
    }
    if (magic != MH_MAGIC && magic != MH_MAGIC_64) {
      throw new ObjectFileException(
          file.name() + " is not a Mach-O file: it does not start with one of its magic numbers.");
    }
    boolean is64Bit = magic == MH_MAGIC_64;
    return new MachoHeader(
        bytes,
        is64Bit,
        bytes.i32(4),
        bytes.i32(12),
        bytes.i32(24),
        readCommands(bytes, is64Bit ? 32 : 28));
  }

  private static List<Command> readCommands(FileBytes bytes, int start) {
    long count = bytes.u32(16);
    int end = bytes.check(start, bytes.u32(20), "the load commands") + bytes.i32(20);
    List<Command> commands = new ArrayList<>();
    int offset = start;
    for (long i = 0; i < count; i++) {
      long size = offset + 8 > end ? 0 : bytes.u32(offset + 4);
      if (size < 8 || size > end - offset) {
        throw bytes.malformed("load command %d does not fit".formatted(i));
      }
      commands.add(new Command(bytes.i32(offset), offset, (int) size));
      offset += (int) size;
    }
    return List.copyOf(commands);
  }

  /** Returns a field of a command; the field must lie inside the command. */
  long field(Command command, int offset) {
    if (offset + 4 > command.size()) {
      throw bytes.malformed(
          "the load command at offset 0x%x is too short".formatted(command.offset()));
    }
    return bytes.u32(command.offset() + offset);
  }

  /** Returns the first command with one of these numbers. */
  Optional<Command> find(int number, int otherNumber) {
    return commands.stream()
        .filter(c -> c.number() == number || c.number() == otherNumber)
        .findFirst();
  }
}
