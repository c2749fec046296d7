package org.onemalloc.allocators;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.onemalloc.objectfile.elf.ElfKind;
import org.onemalloc.objectfile.elf.GlibcNames;
import org.onemalloc.text.KernelLines;
import org.onemalloc.text.OwnPlace;

/** Facts of this machine and process that java.base does not provide, read from /proc. */
final class Machine {
  private static final int AT_PAGESZ = 6;

  private Machine() {}

  /** Returns the effective user id of this process. */
  static long userId() {
    long user = OwnPlace.thisUser();
    if (user >= 0) {
      return user;
    }
    throw noProc(null);
  }

  /** Returns the size of a page of the running kernel, in bytes. */
  static long pageSize() {
    try {
      ByteBuffer vector =
          ByteBuffer.wrap(Files.readAllBytes(Path.of("/proc/self/auxv")))
              .order(ByteOrder.nativeOrder());
      while (vector.remaining() >= 16) {
        long type = vector.getLong();
        long value = vector.getLong();
        if (type == AT_PAGESZ) {
          return value;
        }
      }
    } catch (IOException e) {
      throw noProc(e);
    }
    throw noProc(null);
  }

  /**
   * Returns the kind of the files of this machine.
   *
   * @throws AllocatorException if its processor is unknown
   */
  static ElfKind kind() {
    return ElfKind.ofThisProcess()
        .orElseThrow(
            () ->
                new AllocatorException(
                    "onemalloc does not know the architecture %s: use a 64-bit Linux JDK."
                        .formatted(System.getProperty("os.arch"))));
  }

  static boolean isThis(ElfKind kind) {
    return ElfKind.ofThisProcess().filter(kind::equals).isPresent();
  }

  /** Returns the C library that this process runs on: {@code libc.so.6}, or musl's loader. */
  static Optional<Path> libc() {
    try {
      for (String line : KernelLines.of(Path.of("/proc/self/maps"))) {
        String name = line.substring(line.lastIndexOf('/') + 1);
        if (GlibcNames.isLibc(name) || name.startsWith("ld-musl")) {
          return Optional.of(Path.of(line.substring(line.indexOf('/'))));
        }
      }
    } catch (IOException e) {
      throw noProc(e);
    }
    return Optional.empty();
  }

  private static AllocatorException noProc(Exception cause) {
    return new AllocatorException(
        "Cannot read /proc/self: onemalloc needs Linux with /proc mounted.", cause);
  }
}
