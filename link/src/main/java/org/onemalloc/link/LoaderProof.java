package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onemalloc.allocators.proof.BindingProof;
import org.onemalloc.inspect.Forecast;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ProcessLookup;

/**
 * Asks the real loader what linked files bind malloc to, in an empty environment, and whether a
 * hazard is known of the program on that allocator.
 */
final class LoaderProof {
  private LoaderProof() {}

  /**
   * Proves that programs and libraries reach an allocator.
   *
   * @param programs programs, perhaps under the name of an unfinished file
   * @param libraries libraries that the programs load later
   * @return the evidence, and after it what the first program loses on this allocator
   * @throws LinkException if the loader says otherwise, or the program would crash
   */
  static List<String> of(List<Path> programs, List<Path> libraries, Path allocator)
      throws IOException {
    Set<String> failures = new LinkedHashSet<>();
    List<String> losses = new ArrayList<>();
    List<Path> asked = new ArrayList<>();
    for (Path file : libraries) {
      if (!ProcessLookup.isOne(ElfFile.read(file))) {
        asked.add(file); // a lookup calls nothing, and by itself would find itself
      }
    }
    int proven = 0;
    for (Path program : programs) {
      Path loader = Path.of(ElfFile.read(program).interpreter().orElseThrow());
      List<Path> later = proven == 0 ? asked : List.of();
      BindingProof proof = BindingProof.of(program, loader, later, allocator, Map.of());
      failures.addAll(proof.failures());
      if (proven == 0) { // the programs of an image differ in their names alone
        Forecast forecast = Forecast.of(program, Map.of());
        refuse(forecast);
        forecast.warnings().forEach(warning -> losses.add("Warning: " + warning));
      }
      proven++;
    }
    if (!failures.isEmpty()) {
      throw LinkException.unproven(
          "The loader does not give the allocator to everything, so nothing was changed: "
              + String.join(" ", failures));
    }
    List<String> evidence = new ArrayList<>();
    evidence.add(
        "The loader binds every malloc-family reference of %d %s to %s."
            .formatted(
                programs.size() + asked.size(),
                programs.size() + asked.size() == 1 ? "file" : "files",
                allocator));
    evidence.addAll(losses);
    return evidence;
  }

  private static void refuse(Forecast forecast) {
    if (!forecast.refusals().isEmpty()) {
      throw LinkException.unproven(
          "The program would not run on this allocator, so nothing was changed: %s Link it with another allocator."
              .formatted(String.join(" ", forecast.refusals())));
    }
  }
}
