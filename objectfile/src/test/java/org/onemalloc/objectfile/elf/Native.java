package org.onemalloc.objectfile.elf;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The libraries of LWJGL's natives jars, and the libraries derived from them. */
record Native(String platform, String allocator) {
  static final Native MIMALLOC = new Native("x64", "mimalloc");
  static final Native JEMALLOC = new Native("x64", "jemalloc");

  static List<Native> all() {
    return Stream.concat(
            Stream.of("x64", "arm64").map(p -> new Native(p, "mimalloc")),
            Stream.of("x64", "arm64", "arm32", "ppc64le", "riscv64")
                .map(p -> new Native(p, "jemalloc")))
        .toList();
  }

  byte[] bytes() throws IOException {
    String path = "/linux/%s/org/lwjgl/%s/lib%s.so".formatted(platform, allocator, allocator);
    try (InputStream in = Native.class.getResourceAsStream(path)) {
      return in.readAllBytes();
    }
  }

  ElfFile file() throws IOException {
    return ElfFile.of(bytes(), toString());
  }

  /**
   * Returns aliases for the C names of those functions of the malloc family that the library has.
   */
  Map<String, String> aliases() throws IOException {
    ElfFile file = file();
    String prefix = allocator.equals("mimalloc") ? "mi_" : "je_";
    Map<String, String> aliases = new TreeMap<>();
    for (String name : FAMILY) {
      if (file.exports(prefix + name)) {
        aliases.put(name, prefix + name);
      }
    }
    if (allocator.equals("mimalloc")) {
      aliases.put("malloc_usable_size", "mi_usable_size");
      aliases.put("free_sized", "mi_free");
      aliases.put("free_aligned_sized", "mi_free");
    } else {
      aliases.put("cfree", "je_free");
    }
    return aliases;
  }

  /** Returns the library with the C names and a soname of its own. */
  ElfFile derived() throws IOException {
    byte[] content =
        AliasSymbols.add(file(), aliases(), Map.of(), "libonemalloc-" + allocator + ".so");
    return ElfFile.of(content, "derived " + this);
  }

  /**
   * Returns the derived library, converted to initial-exec TLS if it is for x86-64 and has dynamic
   * TLS.
   */
  byte[] preloadable() throws IOException {
    ElfFile derived = derived();
    boolean convert = derived.hasDynamicTls() && platform.equals("x64");
    return convert ? InitialExecTls.convert(derived) : derived.bytes();
  }

  @Override
  public String toString() {
    return allocator + "-" + platform;
  }

  private static final List<String> FAMILY =
      List.of(
          "malloc",
          "calloc",
          "realloc",
          "free",
          "memalign",
          "aligned_alloc",
          "posix_memalign",
          "valloc",
          "pvalloc",
          "malloc_usable_size",
          "reallocarray",
          "cfree",
          "free_sized",
          "free_aligned_sized",
          "mallocx",
          "sdallocx",
          "xallocx",
          "nallocx",
          "mallctl");
}
