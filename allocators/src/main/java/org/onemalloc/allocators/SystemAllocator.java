package org.onemalloc.allocators;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * The malloc of the C library, which needs no loading. It offers no sized free: glibc has
 * free_sized and free_aligned_sized since 2.43, which ignore the size and call free.
 */
final class SystemAllocator {
  private static final Pattern GLIBC =
      Pattern.compile("GNU C Library [^\n]{0,80} version \\d+\\.\\d+");

  private SystemAllocator() {}

  static Description describe(Path libc) {
    Set<Feature> features = EnumSet.noneOf(Feature.class);
    String version = "";
    try {
      ElfFile file = ElfFile.read(libc);
      boolean musl = libc.getFileName().toString().startsWith("ld-musl");
      version =
          musl ? "musl" : file.findInReadOnlyData(GLIBC).map(SystemAllocator::glibc).orElse("");
      if (file.exports("malloc_info")) {
        features.add(Feature.STATISTICS);
      }
    } catch (IOException | ObjectFileException e) {
      // This process runs on it, so it is usable; nothing else is known about it.
      version = "";
    }
    return description(version, features);
  }

  private static String glibc(String banner) {
    return "glibc " + banner.substring(banner.lastIndexOf(' ') + 1);
  }

  static Description unknown() {
    return description("", Set.of());
  }

  private static Description description(String version, Set<Feature> features) {
    Fitness fit = Fitness.FIT;
    return new Description(Kind.SYSTEM, version, features, Set.of(), 0, "", "", fit, fit, fit);
  }
}
