package org.onemalloc.link.step;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.allocators.proof.BindingProof;
import org.onemalloc.link.Execution;
import org.onemalloc.link.LinkException;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.GlibcNames;
import org.onemalloc.text.Text;

/** Proves that a newly linked program has exactly one allocator: the chosen one. */
final class OneAllocator {
  private static final Pattern LOADED =
      Pattern.compile("(?:^|=> )\\s*(/\\S+) \\(0x", Pattern.MULTILINE | Pattern.UNIX_LINES);
  private static final Pattern DEFINITION = Pattern.compile("(\\S+): definition of malloc\\b");

  private OneAllocator() {}

  static void prove(Words words, Path made, ElfFile program, Path allocator) throws IOException {
    Map<String, String> environment = environment(words);
    Execution execution = Execution.of(List.of(made), environment);
    List<Path> loaded =
        execution.isForeign() ? execution.libraries(made, environment) : loaded(made, environment);
    for (Path library : loaded) {
      if (!isLibc(library) && !Files.isSameFile(library, allocator) && definesMalloc(library)) {
        throw LinkException.unproven(
            "Two allocators were chosen for %s: %s by this command, and %s by %s, which needs it: omit one of them."
                .formatted(
                    words.output(),
                    allocator.getFileName(),
                    library,
                    askedBy(library, loaded, made, words)));
      }
    }
    BindingProof proof = execution.proof(made, allocator, environment);
    if (program.exports("malloc")) {
      throw LinkException.unproven(
          "Two allocators were chosen for %s: %s by this command, and one by %s, which defines malloc: omit one of them."
              .formatted(words.output(), allocator.getFileName(), definer(words)));
    }
    if (!proof.proven()) {
      throw LinkException.unproven(
          "The loader does not bind everything in %s to the allocator: %s"
              .formatted(words.output(), String.join(" ", proof.failures())));
    }
    if (execution.isForeign()) {
      System.err.println(
          "onemalloc: %s: its bindings were proven by %s"
              .formatted(
                  Text.escaped(words.output().toString()), Text.escaped(execution.prover())));
    }
  }

  /** Returns an environment in which the loader finds libraries before they are installed. */
  private static Map<String, String> environment(Words words) {
    Set<String> directories = new LinkedHashSet<>();
    words
        .libraryDirectories()
        .forEach(d -> directories.add(Path.of(d).toAbsolutePath().toString()));
    String users = System.getenv("LD_LIBRARY_PATH");
    if (users != null && !users.isEmpty()) {
      directories.add(users);
    }
    return directories.isEmpty()
        ? Map.of()
        : Map.of("LD_LIBRARY_PATH", String.join(File.pathSeparator, directories));
  }

  /**
   * Returns the libraries that the loader loads, as ldd does: the loader stops before the program
   * starts (ld.so(8)).
   */
  private static List<Path> loaded(Path program, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(program.toString()).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("LD_TRACE_LOADED_OBJECTS", "1");
    Process process = builder.start();
    process.getOutputStream().close();
    List<Path> loaded = new ArrayList<>();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    for (Matcher matcher = LOADED.matcher(said); matcher.find(); ) {
      loaded.add(Path.of(matcher.group(1)));
    }
    return loaded;
  }

  private static boolean isLibc(Path library) {
    return GlibcNames.isLibc(library.toString()) || GlibcNames.isLoader(library.toString());
  }

  private static boolean definesMalloc(Path library) throws IOException {
    try {
      ElfFile file = ElfFile.read(library);
      return file.exports("malloc") && file.exports("free");
    } catch (ObjectFileException e) {
      return false;
    }
  }

  private static String askedBy(Path library, List<Path> loaded, Path made, Words words)
      throws IOException {
    String soname = ElfFile.read(library).soname().orElse(library.getFileName().toString());
    for (Path other : loaded) {
      if (!other.equals(library) && Files.exists(other)) {
        ElfFile file = ElfFile.read(other);
        if (file.needed().contains(soname)) {
          return other.toString();
        }
      }
    }
    return ElfFile.read(made).needed().contains(soname)
        ? "the words \"" + String.join(" ", words.arguments()) + "\""
        : "a library";
  }

  /**
   * Returns the file that defines malloc. The link step is repeated with /dev/null as output, and
   * the linker is asked to report the definition.
   */
  private static String definer(Words words) throws IOException {
    List<String> asking =
        words.linking(
            Path.of("/dev/null"), words.driver().pass("--trace-symbol=malloc"), List.of());
    Matcher matcher = DEFINITION.matcher(Processes.hear(asking).output());
    return matcher.find() ? matcher.group(1) : "one of " + String.join(", ", words.inputs());
  }
}
