package org.onemalloc.inspect.loader;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes DT_SYMBOLIC into a library that was linked without, so that its references are still
 * there: the loader's rule for it shows only then.
 */
final class SymbolicTag {
  private static final int PT_DYNAMIC = 2;
  private static final int DT_SYMBOLIC = 16;

  private SymbolicTag() {}

  static void set(Path library) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(library)).order(ByteOrder.LITTLE_ENDIAN);
    int header = (int) bytes.getLong(32);
    while (bytes.getInt(header) != PT_DYNAMIC) {
      header += 56;
    }
    int entry = (int) bytes.getLong(header + 8);
    while (bytes.getLong(entry) != 0) {
      entry += 16;
    }
    bytes.putLong(entry, DT_SYMBOLIC);
    Files.write(library, bytes.array());
  }
}
