package org.onemalloc.allocators;

import java.nio.file.Path;
import java.util.Arrays;

/** A process that stores the same file again and again. */
final class CacheWriter {
  static final int SIZE = 1 << 20;

  private CacheWriter() {}

  public static void main(String[] arguments) {
    byte[] content = new byte[SIZE];
    Arrays.fill(content, Byte.parseByte(arguments[2]));
    CacheDirectory cache = Shell.cache(Path.of(arguments[0]));
    for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
      cache.store("file", content);
    }
  }
}
