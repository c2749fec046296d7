package org.onemalloc.link.step;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The kind of program that links: a compiler driver, a linker, or a tool that calls one of them.
 */
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

  /** Returns options for the linker in the form in which this driver passes them on. */
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

  /**
   * Returns the compiler for the binding: the driver if it is a compiler, or else the compiler in
   * the environment variable CC, or else cc.
   */
  String compiler(String program) {
    String chosen = System.getenv("CC");
    return this == CC ? program : chosen == null || chosen.isBlank() ? "cc" : chosen;
  }
}
