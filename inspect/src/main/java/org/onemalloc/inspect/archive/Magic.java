package org.onemalloc.inspect.archive;

import java.util.Optional;

/** Recognises files by their first bytes. */
final class Magic {
  /** How many bytes are examined: a PE file has its signature after a small program for DOS. */
  static final int LENGTH = 1024;

  private Magic() {}

  /** Returns the native format, if the file has one. */
  static Optional<NativeFormat> format(byte[] start) {
    if (start.length < 8) {
      return Optional.empty();
    }
    return switch (u32(start, 0)) {
      case 0x7f454c46 -> Optional.of(NativeFormat.ELF);
      case 0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe -> Optional.of(NativeFormat.MACHO);
      // A Java class starts with the same bytes; its version there is at least 45.
      case 0xcafebabe, 0xcafebabf ->
          u32(start, 4) > 0 && u32(start, 4) < 45
              ? Optional.of(NativeFormat.MACHO)
              : Optional.empty();
      default -> isPe(start) ? Optional.of(NativeFormat.PE) : Optional.empty();
    };
  }

  /** Returns whether it is a zip file, or a jmod file, which is a zip file after four bytes. */
  static boolean isArchive(byte[] start) {
    int magic = start.length < 8 ? 0 : u32(start, 0);
    return magic == 0x504b0304 || (magic == 0x4a4d0100 && u32(start, 4) == 0x504b0304);
  }

  private static boolean isPe(byte[] start) {
    if (start.length < 64 || start[0] != 'M' || start[1] != 'Z') {
      return false;
    }
    long at = Integer.reverseBytes(u32(start, 0x3c)) & 0xffff_ffffL;
    return at > start.length - 4 || u32(start, (int) at) == 0x50450000;
  }

  private static int u32(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 24
        | (bytes[at + 1] & 0xff) << 16
        | (bytes[at + 2] & 0xff) << 8
        | (bytes[at + 3] & 0xff);
  }
}
