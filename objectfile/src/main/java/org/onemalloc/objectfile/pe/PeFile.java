package org.onemalloc.objectfile.pe;

import java.util.List;
import java.util.Optional;

/**
 * A PE file, 32-bit or 64-bit: a program or DLL of Windows.
 *
 * <p>Immutable and safe for use by several threads; it keeps the bytes that it was made from, which
 * must not be changed. What is malformed is refused with an {@link
 * org.onemalloc.objectfile.ObjectFileException}: the headers when the file is read, the rest by the
 * method that reads it, anew at each call. No content whatever leads to another exception, an
 * endless loop, or more memory than about a hundred times the size of the file.
 */
public final class PeFile {
  private static final int IMAGE_FILE_DLL = 0x2000;

  private final PeHeader header;

  private PeFile(PeHeader header) {
    this.header = header;
  }

  /**
   * Reads a file.
   *
   * @param content the whole file; kept, not copied
   * @param name what to call it in messages, usually its path
   * @throws org.onemalloc.objectfile.ObjectFileException if it is not a well-formed PE file
   */
  public static PeFile read(byte[] content, String name) {
    return new PeFile(PeHeader.parse(content, name));
  }

  /** The name it was read under. */
  public String name() {
    return header.bytes().name();
  }

  /** Its processor in the words of ELF: {@code x86-64}, {@code aarch64}, {@code x86}, …. */
  public String architecture() {
    return switch (header.machine()) {
      case 0x014c -> "x86";
      case 0x8664 -> "x86-64";
      case 0x01c0, 0x01c4 -> "arm";
      case 0xaa64 -> "aarch64";
      default -> "machine-" + header.machine();
    };
  }

  /** Whether addresses have 8 bytes, not 4 (PE32+). */
  public boolean is64Bit() {
    return header.wide();
  }

  /** Whether it is a library, not a program (IMAGE_FILE_DLL). */
  public boolean isDll() {
    return (header.characteristics() & IMAGE_FILE_DLL) != 0;
  }

  /**
   * The imports, then the delayed ones, each in file order.
   *
   * @throws org.onemalloc.objectfile.ObjectFileException if a table is malformed
   */
  public List<PeImport> imports() {
    return new PeImports(header).read();
  }

  /**
   * The name that the file was linked under, if it exports anything.
   *
   * @throws org.onemalloc.objectfile.ObjectFileException if the export table is malformed
   */
  public Optional<String> exportName() {
    return new PeExports(header).name();
  }

  /**
   * The exports by name in file order, then those that have a number alone.
   *
   * @throws org.onemalloc.objectfile.ObjectFileException if the export table is malformed
   */
  public List<PeExport> exports() {
    return new PeExports(header).read();
  }
}
