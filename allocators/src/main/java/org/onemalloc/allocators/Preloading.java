package org.onemalloc.allocators;

import java.nio.file.Path;

/** The rules of LD_PRELOAD for paths. */
final class Preloading {
  private Preloading() {}

  /**
   * Returns whether LD_PRELOAD can name this path: no space and no colon, which separate its
   * entries (glibc elf/rtld.c handle_preload_list), and no dollar sign, which starts a token like
   * $ORIGIN (ld.so(8)). There is no way to quote them.
   */
  static boolean canCarry(Path path) {
    return path.toString().chars().noneMatch(c -> c == ' ' || c == ':' || c == '$');
  }
}
