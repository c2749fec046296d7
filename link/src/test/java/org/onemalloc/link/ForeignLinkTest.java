package org.onemalloc.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfMachine;
import org.onemalloc.objectfile.elf.OwnDefinitionsFirst;

/** Targets for aarch64 on x86-64, from Debian's cross compiler. */
@Tag("slow")
class ForeignLinkTest {
  private static final String COMPILER = "aarch64-linux-gnu-gcc";
  private static final String EMULATOR = "qemu-aarch64";
  private static final Path ROOT = Path.of("/usr/aarch64-linux-gnu");

  /** A loader that is nowhere, so that the model is alone. */
  private static final String NOWHERE = "-Wl,--dynamic-linker=/nowhere/ld-linux-aarch64.so.1";

  private static final String PROGRAM =
      """
      #include <stdio.h>
      #include <stdlib.h>
      #include <string.h>
      int main(int count, char **words) {
        char *text = malloc(100);
        strcpy(text, "allocated");
        puts(text);
        free(text);
      }
      """;

  @TempDir Path directory;
  private Path bin;

  @BeforeEach
  void open() throws Exception {
    Tools.assumeInstalled(COMPILER);
    Assumptions.assumeTrue(System.getProperty("os.arch").equals("amd64"), "why: not x86-64");
    directory = directory.toRealPath();
    bin = Files.createDirectory(directory.resolve("bin"));
  }

  private Path compile(Path output, String source, String... options) throws Exception {
    Path text = Files.writeString(directory.resolve("source.c"), source);
    List<String> words = new ArrayList<>(List.of(COMPILER, "-O1", "-fno-builtin"));
    words.addAll(List.of("-o", output.toString(), text.toString()));
    words.addAll(List.of(options));
    Tools.succeed(words.toArray(String[]::new));
    Files.delete(text);
    return output;
  }

  private static LinkReport link(Path target, String allocator) {
    return Link.link(target, Link.choose(target, allocator), "test", false);
  }

  private static void says(LinkReport report, String... parts) {
    String all = String.join("\n", report.evidence());
    for (String part : parts) {
      assertTrue(all.contains(part), all);
    }
  }

  @Test
  void linksAndProvesByTheRealLoader() throws Exception {
    Tools.assumeInstalled(EMULATOR);
    Path program = compile(bin.resolve("program"), PROGRAM);
    Map<String, String> before = Tools.contentOf(directory);
    for (String allocator : List.of("mimalloc", "mimalloc+tuned", "jemalloc")) {
      String by = "by qemu-aarch64 with the libraries of " + ROOT;
      says(link(program, allocator), "The loader, run " + by, "The program was started " + by);
      ElfFile library =
          ElfFile.read(
              directory.resolve("lib/onemalloc/lib" + allocator.replace("+tuned", "") + ".so"));
      assertEquals(ElfMachine.AARCH64, library.machine());
      assertEquals(
          "allocated\n", Tools.succeed(EMULATOR, "-L", ROOT.toString(), program.toString()));
      says(Link.verify(program), "The loader, run " + by);
      Tools.isUndoneToTheByte(directory, program, before);
    }
  }

  @Test
  void startsWhatTheUserNamesAsSafeByTheEmulator() throws Exception {
    Tools.assumeInstalled(EMULATOR);
    Path program = compile(bin.resolve("program"), PROGRAM);
    LinkReport report =
        Link.link(
            program,
            Link.choose(program, "mimalloc"),
            "test",
            new LinkOptions(false, List.of("x"), Set.of(), false));
    says(report, "Started with x, it prints the same as before");
  }

  /** The loader may jump to a landing pad only; this program itself has none, and does not run. */
  @Test
  void startsAProgramWithBranchProtection() throws Exception {
    Tools.assumeInstalled(EMULATOR);
    Path program =
        compile(
            bin.resolve("program"),
            PROGRAM,
            "-mbranch-protection=standard",
            "-Wl,-z,force-bti",
            "-Wl,--no-warnings");
    says(link(program, "mimalloc"), "as far as its own first instruction");
  }

  @Test
  void provesByTheModelWhereThereIsNoLoader() throws Exception {
    Path program = compile(bin.resolve("program"), PROGRAM, NOWHERE);
    Map<String, String> before = Tools.contentOf(directory);
    says(
        link(program, "mimalloc"),
        "The model of the loader binds every malloc-family reference of",
        "The loader itself was not asked.",
        "Not examined, because they are not here: /nowhere/ld-linux-aarch64.so.1, libc.so.6",
        "No program was started: the processor is aarch64, and its loader is not here");
    says(Link.verify(program), "The model of the loader binds");
    Tools.isUndoneToTheByte(directory, program, before);
  }

  @Test
  void doesNotStartAProgramWhoseLibrariesAreNotHere() throws Exception {
    compile(bin.resolve("libpart.so"), "int part(void) { return 0; }", "-shared", "-fPIC");
    Path program =
        compile(
            bin.resolve("program"),
            PROGRAM.replace("puts(", "part(); puts("),
            bin.resolve("libpart.so").toString(),
            "-w");
    Files.delete(bin.resolve("libpart.so"));
    LinkReport report = link(program, "mimalloc");
    says(report, "The model of the loader binds", "libpart.so");
  }

  @Test
  void findsByTheModelWhatDoesNotUseTheAllocator() throws Exception {
    String own = "#include <stddef.h>\nvoid *malloc(size_t n) { return 0; }";
    Path library = compile(bin.resolve("libown.so"), own, "-shared", "-fPIC");
    Path program =
        compile(bin.resolve("program"), PROGRAM, NOWHERE, "-Wl,-rpath,$ORIGIN", library.toString());
    LinkException refusal = Tools.refusedProof(program);
    assertEquals(1, refusal.exitCode());
    assertTrue(refusal.getMessage().contains("libown.so"), refusal.getMessage());
  }

  @Test
  void examinesTheLibrariesThatAJvmOpensLater() throws Exception {
    Path server = Files.createDirectories(directory.resolve("image/lib/server"));
    Path image = directory.resolve("image");
    String opened = "#include <stdlib.h>\nvoid *opened(void) { return malloc(1); }";
    compile(server.resolve("libjvm.so"), opened, "-shared", "-fPIC");
    compile(image.resolve("lib/libnet.so"), opened, "-shared", "-fPIC");
    compile(image.resolve("lib/libsyslookup.so"), "int nothing;", "-shared", "-fPIC");
    compile(Files.createDirectory(image.resolve("bin")).resolve("java"), PROGRAM, NOWHERE);
    Map<String, String> before = Tools.contentOf(image);
    says(link(image, "mimalloc"), "The model of the loader binds");
    says(Link.verify(image), "No JVM of it was started: the processor is aarch64");
    Link.undo(image, false);
    assertEquals(before, Tools.contentOf(image));
    Path own =
        compile(
            image.resolve("lib/libnet.so"),
            """
            #include <stddef.h>
            void *calloc(size_t n, size_t m) { return 0; }
            void *opened(void) { return calloc(1, 1); }
            """,
            "-shared",
            "-fPIC");
    Files.write(own, OwnDefinitionsFirst.set(ElfFile.read(own)));
    before = Tools.contentOf(image);
    LinkException refusal = assertThrows(LinkException.class, () -> link(image, "mimalloc"));
    assertTrue(
        refusal.getMessage().contains("libnet.so uses its own calloc"), refusal.getMessage());
    assertEquals(before, Tools.contentOf(image));
  }

  @Test
  void refusesWhatIsNotCarried() throws Exception {
    Path program = compile(bin.resolve("program"), PROGRAM);
    assertEquals(
        "There is no tcmalloc for aarch64 here: give the path of its library.",
        assertThrows(
                org.onemalloc.allocators.AllocatorException.class,
                () -> Link.choose(program, "tcmalloc"))
            .getMessage());
  }
}
