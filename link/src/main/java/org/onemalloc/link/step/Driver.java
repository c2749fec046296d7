package org.onemalloc.link.step;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What links: a compiler driver, a linker itself, or a tool that calls one of them. */
enum Driver {
  CC,
  LD,
  RUSTC,
  CARGO;

  static Driver of(String program) {
    String name = String.valueOf(Path.of(program).getFileName());
    if (name.equals("rustc")) {
      return RUSTC;
    }
    if (name.equals("cargo")) {
      return CARGO;
    }
    return name.matches("(.*-)?ld(\\.(bfd|gold|lld|mold))?|mold") ? LD : CC;
  }

  /** Words for the linker, as this driver passes them on. */
  List<String> pass(String... options) {
    if (this == LD) {
      return List.of(options);
    }
    List<String> words = new ArrayList<>();
    for (String option : options) {
      words.addAll(List.of("-Xlinker", option));
    }
    return words;
  }

  /** The compiler for the binding: the driver itself, or the usual one beside a bare linker. */
  String compiler(String program) {
    String chosen = System.getenv("CC");
    return this == CC ? program : chosen == null || chosen.isBlank() ? "cc" : chosen;
  }
}
