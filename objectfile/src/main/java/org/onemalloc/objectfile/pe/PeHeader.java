package org.onemalloc.objectfile.pe;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.bytes.FileBytes;

/**
 * The headers and sections (Microsoft, "PE Format").
 *
 * @param wide whether the file is a PE32+ file, with addresses of 8 bytes
 * @param headersSize the number of bytes at the start of the file that are mapped
 * @param directories the data directories
 */
record PeHeader(
    FileBytes bytes,
    int machine,
    int characteristics,
    boolean wide,
    long imageBase,
    long headersSize,
    List<Directory> directories,
    List<Section> sections) {

  static final int EXPORTS = 0;
  static final int IMPORTS = 1;
  static final int DELAYED_IMPORTS = 13;

  private static final int MOST_DIRECTORIES = 16;

  /** A table: its address relative to the image, and its size in bytes. */
  record Directory(long address, long size) {}

  /** A section: its address relative to the image and its offset in the file, each with a size. */
  record Section(long address, long size, long offset, long fileSize) {}

  static PeHeader parse(byte[] content, String name) {
    FileBytes bytes = new FileBytes(content, name, "PE", ByteOrder.LITTLE_ENDIAN);
    if (content.length < 64 || bytes.u16(0) != 0x5a4d) {
      throw new ObjectFileException(name + " is not a PE file: it does not start with MZ.");
    }
    long pe = bytes.u32(0x3c);
    if (pe > content.length - 24 || bytes.i32(pe) != 0x4550) {
      throw new ObjectFileException(name + " is not a PE file: it is a program for DOS alone.");
    }
    int optionalSize = bytes.u16(pe + 20);
    long optional = pe + 24;
    bytes.check(optional, optionalSize, "the optional header");
    int magic = optionalSize < 2 ? 0 : bytes.u16(optional);
    if (magic != 0x10b && magic != 0x20b) {
      throw bytes.malformed("its optional header has the magic number 0x%x".formatted(magic));
    }
    boolean wide = magic == 0x20b;
    return new PeHeader(
        bytes,
        bytes.u16(pe + 4),
        bytes.u16(pe + 22),
        wide,
        wide ? bytes.i64(optional + 24) : bytes.u32(optional + 28),
        bytes.u32(optional + 60),
        readDirectories(bytes, optional + (wide ? 108 : 92), optional + optionalSize),
        readSections(bytes, optional + optionalSize, bytes.u16(pe + 6)));
  }

  private static List<Directory> readDirectories(FileBytes bytes, long at, long end) {
    long count = at + 4 > end ? 0 : Math.min(bytes.u32(at), MOST_DIRECTORIES);
    count = Math.min(count, (end - at - 4) / 8);
    List<Directory> directories = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long entry = at + 4 + 8L * i;
      directories.add(new Directory(bytes.u32(entry), bytes.u32(entry + 4)));
    }
    return List.copyOf(directories);
  }

  private static List<Section> readSections(FileBytes bytes, long at, int count) {
    // The limit of the Windows loader since Vista.
    if (count > 96) {
      throw bytes.malformed("it has %d sections".formatted(count));
    }
    bytes.check(at, 40L * count, "the section table");
    List<Section> sections = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long entry = at + 40L * i;
      sections.add(
          new Section(
              bytes.u32(entry + 12),
              bytes.u32(entry + 8),
              bytes.u32(entry + 20),
              bytes.u32(entry + 16)));
    }
    return List.copyOf(sections);
  }

  /** Returns a directory; an empty one if the file does not have it. */
  Directory directory(int index) {
    return index < directories.size() ? directories.get(index) : new Directory(0, 0);
  }

  /** Returns the file offset of an address relative to the image. */
  long offsetOf(long address, String what) {
    for (Section section : sections) {
      long distance = address - section.address();
      if (distance >= 0 && distance < section.fileSize()) {
        return section.offset() + distance;
      }
    }
    if (address < headersSize) {
      return address;
    }
    throw bytes.malformed(
        "%s at address 0x%x is not in a section's bytes".formatted(what, address));
  }
}
