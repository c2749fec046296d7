package org.onemalloc.allocators.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;

class BindingProofTest {
  private static final Path JEMALLOC = Path.of("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2");

  @Test
  void provesThatOrdinaryProgramsUseLibc() throws Exception {
    BindingProof proof = libc(Path.of("/usr/bin/env"));
    assertTrue(proof.proven(), proof.failures()::toString);
    assertEquals(1, proof.evidence().size());
  }

  @Test
  void provesMostProgramsOfTheMachineUnderAPreload() throws Exception {
    assumeTrue(Files.exists(JEMALLOC), "jemalloc is not installed");
    int proven = 0;
    int asked = 0;
    for (Path program : programs()) {
      asked++;
      proven += under(JEMALLOC, program).proven() ? 1 : 0;
    }
    assertTrue(asked > 20, "only " + asked + " programs");
    assertTrue(proven >= asked * 95 / 100, proven + " of " + asked);
  }

  @Test
  void followsTheCanonicalPltEntriesOfAPositionDependentProgram() throws Exception {
    assumeTrue(Files.exists(JEMALLOC), "jemalloc is not installed");
    Path folder = Files.createTempDirectory("plt");
    Path source =
        Files.writeString(
            folder.resolve("plt.c"),
            """
            #include <stdlib.h>
            void *(*volatile address)(size_t) = malloc;
            int main(void) { return address(8) == 0; }
            """);
    Path program = folder.resolve("plt");
    cc(source, program, "-no-pie", "-fno-pic");
    assertTrue(under(JEMALLOC, program).proven());
    assertTrue(libc(program).proven());
  }

  @Test
  void namesWhoTakesWhatFromWhere() throws Exception {
    assumeTrue(Files.exists(JEMALLOC), "jemalloc is not installed");
    Path env = Path.of("/usr/bin/env");
    BindingProof proof =
        BindingProof.of(env, loader(env), List.of(), JEMALLOC, new HashMap<>(System.getenv()));
    assertFalse(proof.proven());
    assertTrue(
        proof.failures().stream()
            .anyMatch(f -> f.contains("libc.so.6") && f.contains("not from " + JEMALLOC)));
  }

  /** The loader prints names as they are. */
  @Test
  void hearsOfAProgramWhoseDirectoryHasLineEndsInItsName(@TempDir Path folder) throws Exception {
    for (String name : List.of("a\rb", "a\nb", "a\u2028b", "a\nb\n\nc")) {
      Path directory = Files.createDirectory(folder.resolve(name));
      Path source = folder.resolve("p.c");
      Files.writeString(
          source, "#include <stdlib.h>\nint main(void) { free(malloc(8)); return 0; }");
      Path program = directory.resolve("p");
      cc(source, program, "-fno-builtin");
      LoaderTrace trace =
          LoaderTrace.ask(List.of(program.toString()), Map.of("LC_ALL", "C.UTF-8"), b -> true);
      assertTrue(
          trace.bindings().stream()
              .anyMatch(b -> b.from().equals(program + "") && b.symbol().equals("malloc")),
          trace.bindings()::toString);
      assertTrue(libc(program).proven(), libc(program).failures()::toString);
    }
  }

  @Test
  void reportsAPreloadThatTheLoaderIgnored() throws Exception {
    BindingProof proof = under(Path.of("/no/such/library.so"), Path.of("/usr/bin/env"));
    assertTrue(
        proof.failures().stream().anyMatch(failure -> failure.contains("cannot be preloaded")));
  }

  private static BindingProof libc(Path program) throws IOException {
    return BindingProof.ofLibc(program, loader(program), List.of(), System.getenv());
  }

  private static BindingProof under(Path library, Path program) throws IOException {
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.put("LD_PRELOAD", library.toString());
    return BindingProof.of(program, loader(program), List.of(), library, environment);
  }

  private static Path loader(Path program) throws IOException {
    return Path.of(ElfFile.read(program).interpreter().orElseThrow());
  }

  private static List<Path> programs() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/usr/bin"))) {
      return files
          .filter(file -> !Files.isSymbolicLink(file) && Files.isReadable(file))
          .filter(BindingProofTest::isOrdinary)
          .sorted()
          .limit(60)
          .toList();
    }
  }

  private static boolean isOrdinary(Path file) {
    try {
      int mode = (int) Files.getAttribute(file, "unix:mode");
      return (mode & 06000) == 0
          && ElfFile.read(file).interpreter().filter(l -> l.contains("ld-linux")).isPresent();
    } catch (IOException | ObjectFileException e) {
      return false;
    }
  }

  private static void cc(Path source, Path output, String... flags) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/cc")), "cc is not installed");
    List<String> command =
        Stream.concat(Stream.of("cc", source + "", "-o", output + ""), Stream.of(flags)).toList();
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
  }
}
