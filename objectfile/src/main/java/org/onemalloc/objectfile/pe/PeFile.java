package org.onemalloc.objectfile.pe;

import java.util.List;
import java.util.Optional;

/**
 * A PE file, 32-bit or 64-bit: a Windows program or DLL.
 *
 * <p>Immutable and safe for use by several threads. The object keeps the bytes that it was created
 * from, which must not be changed. A malformed file is refused with an {@link
 * org.onemalloc.objectfile.ObjectFileException}: malformed headers when the file is read,
 * everything else by the method that reads it, at each call. No content leads to another exception,
 * to an endless loop, or to the use of more memory than about a hundred times the size of the file.
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
   * @param name the name of the file for messages, usually its path
   * @throws org.onemalloc.objectfile.ObjectFileException if the file is not a well-formed PE file
   */
  public static PeFile read(byte[] content, String name) {
    return new PeFile(PeHeader.parse(content, name));
  }

  /** Returns the name under which the file was read. */
  public String name() {
    return header.bytes().name();
  }

  /**
   * Returns the processor, named as for ELF files: {@code x86-64}, {@code aarch64}, {@code x86}, ….
   */
  public String architecture() {
    return switch (header.machine()) {
      case 0x014c -> "x86";
      case 0x8664 -> "x86-64";
      case 0x01c0, 0x01c4 -> "arm";
      case 0xaa64 -> "aarch64";
      default -> "machine-" + header.machine();
    };
  }

  /** Returns whether an address has 8 bytes, not 4 (PE32+). */
  public boolean is64Bit() {
    return header.wide();
  }

  /** Returns whether the file is a library, not a program (IMAGE_FILE_DLL). */
  public boolean isDll() {
    return (header.characteristics() & IMAGE_FILE_DLL) != 0;
  }

  /**
   * Returns the imports, then the delayed imports, each in file order.
   *
   * @throws org.onemalloc.objectfile.ObjectFileException if a table is malformed
   */
  public List<PeImport> imports() {
    return new PeImports(header).read();
  }

  /**
   * Returns the name under which the file was linked; empty if it exports nothing.
   *
   * @throws org.onemalloc.objectfile.ObjectFileException if the export table is malformed
   */
  public Optional<String> exportName() {
    return new PeExports(header).name();
  }

  /**
   * Returns the named exports in file order, then the exports that have only an ordinal.
   *
   * @throws org.onemalloc.objectfile.ObjectFileException if the export table is malformed
   */
  public List<PeExport> exports() {
    return new PeExports(header).read();
  }
}
