package org.onemalloc.link.step;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.onemalloc.link.LinkException;

/**
 * The kind of program that links: a compiler driver, a linker, or a tool that calls one of them.
 */
enum Driver {
  CC,
  LD,
  RUSTC,
  CARGO;

  private static final Set<String> LAUNCHERS =
      Set.of("env", "nice", "ionice", "time", "timeout", "ccache", "sccache", "distcc", "taskset");

  private static final Set<String> BUILD_TOOLS =
      Set.of("go", "make", "gmake", "ninja", "cmake", "meson", "bazel", "scons", "sh", "bash");

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

  /**
   * Refuses a program that starts others and links nothing itself.
   *
   * @throws LinkException if it is known to be none
   */
  void checkProgram(String program) {
    String name = String.valueOf(Path.of(program).getFileName());
    if (this == CC && LAUNCHERS.contains(name)) {
      throw LinkException.unusable(
          "%s does not link itself: put onemalloc link before the compiler that it starts, as in %s onemalloc link --kind auto -- cc."
              .formatted(program, name));
    }
    if (this == CC && BUILD_TOOLS.contains(name)) {
      throw LinkException.unusable(
          "%s does not link itself: give it the linker \"onemalloc link --kind auto -- cc\", for example in a script that CC names."
              .formatted(program));
    }
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
