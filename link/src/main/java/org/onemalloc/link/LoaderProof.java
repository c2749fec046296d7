package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onemalloc.allocators.proof.BindingProof;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ProcessLookup;

/**
 * Asks the loader, in an empty environment, which library it binds the malloc of linked files to.
 */
final class LoaderProof {
  private LoaderProof() {}

  /**
   * Proves that the loader binds the malloc of programs and libraries to an allocator.
   *
   * @param programs the programs, under their unfinished or final names
   * @param libraries the libraries that the programs load later
   * @return the evidence
   * @throws LinkException if the loader binds a reference to another library
   */
  static List<String> of(List<Path> programs, List<Path> libraries, Path allocator)
      throws IOException {
    Set<String> failures = new LinkedHashSet<>();
    List<Path> asked = new ArrayList<>();
    for (Path file : libraries) {
      if (!ProcessLookup.isOne(ElfFile.read(file))) {
        asked.add(file); // a lookup library calls no malloc, and asked alone would find itself
      }
    }
    boolean first = true;
    for (Path program : programs) {
      Path loader = Path.of(ElfFile.read(program).interpreter().orElseThrow());
      List<Path> later = first ? asked : List.of();
      BindingProof proof = BindingProof.of(program, loader, later, allocator, Map.of());
      failures.addAll(proof.failures());
      first = false;
    }
    if (!failures.isEmpty()) {
      throw LinkException.unproven(
          "The loader does not give the allocator to everything, so nothing was changed: "
              + String.join(" ", failures));
    }
    return List.of(
        "The loader binds every malloc-family reference of %d %s to %s."
            .formatted(
                programs.size() + asked.size(),
                programs.size() + asked.size() == 1 ? "file" : "files",
                allocator));
  }
}
