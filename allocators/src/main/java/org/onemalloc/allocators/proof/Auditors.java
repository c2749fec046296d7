package org.onemalloc.allocators.proof;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * The auditors of the loader in a program (rtld-audit(7)). The loader prints what a symbol is bound
 * to before it asks them, so that its answer proves nothing if one of them binds symbols elsewhere.
 */
final class Auditors {
  private Auditors() {}

  /**
   * Returns a sentence for each auditor that may bind symbols, or that cannot be read.
   *
   * @param program a program
   * @param environment the whole environment that it will get
   * @throws IOException if the program cannot be read
   */
  static List<String> doubts(Path program, Map<String, String> environment) throws IOException {
    Map<String, String> named = new LinkedHashMap<>();
    for (String name : ElfFile.read(program).auditors()) {
      named.put(name, program.toString());
    }
    for (String name : environment.getOrDefault("LD_AUDIT", "").split(":", -1)) {
      if (!name.isEmpty()) {
        named.putIfAbsent(name, "LD_AUDIT");
      }
    }
    List<String> doubts = new ArrayList<>();
    named.forEach(
        (name, who) -> {
          if (mayBind(name)) {
            doubts.add(
                "%s names the auditor %s, which can bind malloc elsewhere: the loader does not print that."
                    .formatted(who, name));
          }
        });
    return doubts;
  }

  private static boolean mayBind(String name) {
    try {
      ElfFile file = ElfFile.read(Path.of(name));
      return file.exports("la_symbind64") || file.exports("la_symbind32");
    } catch (IOException | ObjectFileException | InvalidPathException e) {
      return true;
    }
  }
}
