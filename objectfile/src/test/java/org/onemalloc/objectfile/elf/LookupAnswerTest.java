package org.onemalloc.objectfile.elf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * Tests the code of {@link LookupAnswer} and {@link ProcessLookup}, and its use by the real loader.
 */
class LookupAnswerTest {
  private static final List<String> FAMILY =
      List.of("malloc", "calloc", "realloc", "free", "pvalloc", "__libc_free", "onemalloc_nobody");

  @TempDir Path directory;

  /** A machine whose programs run on this processor or under qemu-user. */
  enum Runner {
    X86_64("x86_64-linux-gnu", "cc", "x64"),
    AARCH64("aarch64-linux-gnu", "aarch64-linux-gnu-gcc", "arm64");

    final String triple;
    final String compiler;
    final String platform;

    Runner(String triple, String compiler, String platform) {
      this.triple = triple;
      this.compiler = compiler;
      this.platform = platform;
    }

    Native allocator() {
      return new Native(platform, "mimalloc");
    }

    ElfFile model() throws IOException {
      return allocator().file();
    }

    String run(Map<String, String> environment, String... command) throws Exception {
      List<String> words = new ArrayList<>();
      Map<String, String> own = new HashMap<>(environment);
      if (this == AARCH64) {
        words.addAll(List.of("qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"));
        environment.forEach((name, value) -> words.addAll(List.of("-E", name + "=" + value)));
        own.clear();
      }
      words.addAll(List.of(command));
      return Programs.succeed(own, words.toArray(String[]::new));
    }

    /**
     * Assembles code. The words of data are one distance after the code, as the classes place them.
     */
    byte[] assembled(Path directory, String assembly, int size, List<String> words)
        throws Exception {
      Programs.assumeInstalled("llvm-mc", "llvm-objcopy");
      StringBuilder text = new StringBuilder("begin:\n").append(assembly);
      for (int i = 0; i < words.size(); i++) {
        text.append(".set %s, begin + %d\n".formatted(words.get(i), size + 0x10000 + 8 * i));
      }
      Path source = Files.writeString(directory.resolve("code.s"), text);
      Path object = directory.resolve("code.o");
      Path bytes = directory.resolve("code.bin");
      Programs.succeed(
          "llvm-mc", "-triple=" + triple, "-filetype=obj", source + "", "-o", object + "");
      Programs.succeed("llvm-objcopy", "-O", "binary", "-j", ".text", object + "", bytes + "");
      return Files.readAllBytes(bytes);
    }

    void assumeHere() {
      Programs.assumeInstalled(compiler);
      if (this == AARCH64) {
        Programs.assumeInstalled("qemu-aarch64");
      } else {
        Programs.assumeX64Linux();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void isTheAssemblyBesideIt(Runner runner) throws Exception {
    MachineCode answer = LookupAnswer.code(runner.model());
    byte[] code = answer.bytes();
    List<String> words = List.of("real", "dlsym", "answer", "name");
    assertArrayEquals(code, runner.assembled(directory, answer.assembly(), code.length, words));
    byte[] lookup = ProcessLookup.code(runner.model(), 2);
    String one = ProcessLookup.one(runner.model()).assembly();
    String assembly =
        one.replace("word", "first")
            + one.replace("word", "second")
            + ProcessLookup.check(runner.model()).assembly();
    words = List.of("dladdr", "heap", "libc", "first", "second");
    assertArrayEquals(lookup, runner.assembled(directory, assembly, lookup.length, words));
  }

  @ParameterizedTest
  @EnumSource
  void passesElflintAndReadelf(Runner runner) throws Exception {
    Programs.assumeInstalled("eu-elflint", "readelf");
    for (Path made : List.of(lookup(runner), answer(runner))) {
      Programs.succeed("eu-elflint", "--gnu-ld", made.toString());
      String output = Programs.succeed(Map.of("LC_ALL", "C"), "readelf", "-aW", made.toString());
      assertTrue(!output.contains("rror") && !output.contains("arning"), output);
    }
  }

  @ParameterizedTest
  @EnumSource
  void findsTheProcessHeapAndKeepsTheCaller(Runner runner) throws Exception {
    runner.assumeHere();
    Path program = compile(runner, "caller", "-ldl");
    Path inside = Files.createDirectory(directory.resolve("inside"));
    Path library = compile(runner, "inside/libinside.so", "-DINSIDE", "-shared", "-fPIC", "-ldl");
    Files.writeString(directory.resolve("beside.c"), "int beside;\n");
    Programs.succeed(
        runner.compiler,
        "-shared",
        "-o",
        inside.resolve("libbeside.so").toString(),
        directory.resolve("beside.c").toString());
    Path allocator = Programs.write(directory, "liballocator.so", runner.allocator().preloadable());
    String preload = allocator + ":" + answer(runner);
    List<String> plain =
        runner
            .run(Map.of(), program.toString(), library.toString())
            .lines()
            .takeWhile(line -> !line.startsWith("answer"))
            .collect(Collectors.toList());
    List<String> under =
        runner
            .run(Map.of("LD_PRELOAD", preload), program.toString(), library.toString())
            .lines()
            .toList();
    assertEquals(plain, under.subList(0, plain.size()));
    assertTrue(plain.contains("reference base") && plain.contains("pointer other"), plain + "");
    assertEquals("answer base", under.get(plain.size()));
    for (int i = 1; i <= 4; i++) {
      assertTrue(under.get(plain.size() + i).endsWith(" " + allocator), under.toString());
    }
    assertTrue(under.get(plain.size() + 5).contains("libm"), under.toString());
    assertEquals("onemalloc_nobody nowhere", under.getLast());
  }

  /** A program that carries both libraries can be moved, and the allocator brings them along. */
  @ParameterizedTest
  @EnumSource
  void comesWithTheLibraryThatNamesIt(Runner runner) throws Exception {
    runner.assumeHere();
    Path home = Files.createDirectory(directory.resolve("home"));
    byte[] answer = LookupAnswer.create(runner.model(), "libdlopen.so", "$ORIGIN/liblookup.so");
    Programs.write(home, "libdlopen.so", answer);
    Files.move(lookup(runner), home.resolve("liblookup.so"));
    ElfFile allocator =
        NeededLibraries.withAuxiliary(
            ElfFile.of(runner.allocator().preloadable(), "allocator"), "$ORIGIN/libdlopen.so");
    Path preload = Programs.write(home, "liballocator.so", allocator.bytes());
    Path program = compile(runner, "caller", "-ldl");
    Files.createDirectory(directory.resolve("inside"));
    Path library = compile(runner, "inside/libinside.so", "-DINSIDE", "-shared", "-fPIC", "-ldl");
    String[] command = {program.toString(), library.toString()};
    String said = runner.run(Map.of("LD_PRELOAD", preload.toString()), command);
    assertTrue(said.contains("\nanswer base\n") && said.contains("\nfree " + preload), said);
    Path moved = Files.move(home, directory.resolve("moved")).resolve("liballocator.so");
    said = runner.run(Map.of("LD_PRELOAD", moved.toString()), command);
    assertTrue(said.contains("\nanswer base\n") && said.contains("\nfree " + moved), said);
    Files.delete(moved.resolveSibling("libdlopen.so"));
    said = runner.run(Map.of("LD_PRELOAD", moved.toString()), command);
    assertTrue(said.contains("\nanswer /nowhere/lib/libsyslookup.so"), said);
  }

  /** libc's pvalloc allocates a block that another allocator's free does not know. */
  @ParameterizedTest
  @EnumSource
  void findsNoFunctionThatTheAllocatorLacks(Runner runner) throws Exception {
    runner.assumeHere();
    Path source = directory.resolve("lacks.c");
    Files.writeString(
        source,
        """
        #include <stddef.h>
        static char memory[1 << 20] __attribute__((aligned(64)));
        static size_t used;
        void *malloc(size_t size) { used += size + 63 & -64; return memory + used - (size + 63 & -64); }
        void *calloc(size_t count, size_t size) { return malloc(count * size); }
        void *realloc(void *block, size_t size) { return malloc(size); }
        void free(void *block) {}
        """);
    Path lacks = directory.resolve("liblacks.so");
    Programs.succeed(
        runner.compiler, "-shared", "-fPIC", "-fno-builtin", source + "", "-o", lacks + "");
    Path program = compile(runner, "family", "-DFAMILY", "-ldl");
    Path library = lookup(runner);
    String plain = runner.run(Map.of(), program.toString(), library.toString());
    assertTrue(
        plain.matches("(?s).*free \\S*libc.*pvalloc \\S*libc.*reallocarray .*libc.*"), plain);
    String under =
        runner.run(Map.of("LD_PRELOAD", lacks + ""), program.toString(), library.toString());
    assertTrue(under.contains("malloc " + lacks) && under.contains("free " + lacks), under);
    assertTrue(under.contains("pvalloc nowhere") && under.contains("__libc_free nowhere"), under);
    assertTrue(under.matches("(?s).*reallocarray .*libc.*"), under);
  }

  /** With the flag, a library's own references would bind to libc's malloc, strdup's would not. */
  @ParameterizedTest
  @EnumSource
  void opensLibrariesWithoutDeepBinding(Runner runner) throws Exception {
    runner.assumeHere();
    Path source = directory.resolve("deep.c");
    Files.writeString(
        source,
        """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stdio.h>
        #ifdef OPENED
        #include <stdlib.h>
        void *its_malloc(void) { return (void *)malloc; }
        #else
        int main(int count, char **words) {
          for (int i = 1; i < count; i++) {
            void *library = dlopen(words[i], RTLD_NOW | RTLD_DEEPBIND);
            Dl_info info;
            void *(*of)(void) = (void *(*)(void))dlsym(library, "its_malloc");
            puts(dladdr(of(), &info) ? info.dli_fname : "nowhere");
          }
        }
        #endif
        """);
    Path program = directory.resolve("deep");
    Programs.succeed(runner.compiler, source + "", "-o", program + "", "-ldl");
    List<String> command = new ArrayList<>(List.of(program.toString()));
    for (String name : List.of("libjvm.so", "libjli.so", "libother.so")) {
      Path opened = directory.resolve(name);
      Programs.succeed(
          runner.compiler, "-DOPENED", "-shared", "-fPIC", source + "", "-o", opened + "");
      command.add(opened.toString());
    }
    Path allocator = Programs.write(directory, "liballocator.so", runner.allocator().preloadable());
    String preload = allocator + ":" + answer(runner);
    List<String> said =
        runner.run(Map.of("LD_PRELOAD", preload), command.toArray(String[]::new)).lines().toList();
    assertEquals(Collections.nCopies(3, allocator.toString()), said);
    List<String> alone =
        runner
            .run(Map.of("LD_PRELOAD", allocator.toString()), command.toArray(String[]::new))
            .lines()
            .toList();
    assertTrue(alone.getLast().contains("libc"), alone.toString());
  }

  /** A stray write must not be able to change the addresses that other code calls. */
  @ParameterizedTest
  @EnumSource
  void theLookupIsReadOnlyOnceItIsRelocated(Runner runner) throws Exception {
    runner.assumeHere();
    Path source = directory.resolve("maps.c");
    Files.writeString(
        source,
        """
        #include <dlfcn.h>
        #include <stdio.h>
        #include <string.h>
        int main(int count, char **words) {
          void *handle = dlopen(words[count - 1], RTLD_NOW);
          if (!handle || !dlsym(handle, "malloc")) return 2;
          char line[4096];
          FILE *maps = fopen("/proc/self/maps", "r");
          while (fgets(line, sizeof line, maps))
            if (strstr(line, "/liblookup.so")) fputs(line, stdout);
          return 0;
        }
        """);
    Path program = directory.resolve("maps");
    Programs.succeed(runner.compiler, source.toString(), "-o", program.toString(), "-ldl");
    List<String> mappings =
        runner.run(Map.of(), program.toString(), lookup(runner).toString()).lines().toList();
    assertTrue(mappings.size() >= 2, mappings.toString());
    assertTrue(mappings.stream().noneMatch(line -> line.contains(" rw")), mappings.toString());
  }

  /**
   * Other libraries, before or after this one, define dlopen too, and call the next one by
   * RTLD_NEXT.
   */
  @ParameterizedTest
  @EnumSource
  void leavesOthersTheirTurn(Runner runner) throws Exception {
    runner.assumeHere();
    Path program = compile(runner, "caller", "-ldl");
    Path inside = Files.createDirectory(directory.resolve("inside"));
    Path library = compile(runner, "inside/libinside.so", "-DINSIDE", "-shared", "-fPIC", "-ldl");
    Path wraps = compile(runner, "libwraps.so", "-DWRAPS", "-shared", "-fPIC", "-ldl");
    Path allocator = Programs.write(directory, "liballocator.so", runner.allocator().preloadable());
    Files.copy(wraps, inside.resolve("libbeside.so")); // any library is suitable
    for (String order : List.of(wraps + ":" + answer(runner), answer(runner) + ":" + wraps)) {
      Map<String, String> preload = Map.of("LD_PRELOAD", allocator + ":" + order);
      List<String> said =
          runner.run(preload, program.toString(), library.toString()).lines().toList();
      assertTrue(said.contains("answer base"), said.toString());
      assertTrue(said.contains("free " + allocator), said.toString());
      assertTrue(said.stream().anyMatch(l -> l.matches("wrapped [1-9]\\d*")), said.toString());
    }
  }

  @Test
  void servesOnlyMachinesItHasCodeFor() throws IOException {
    for (ElfFile model : StubObjectTest.models()) {
      if (!ProcessLookup.supports(model)) {
        assertThrows(ObjectFileException.class, () -> LookupAnswer.create(model, "b", "/a"));
        assertThrows(
            ObjectFileException.class,
            () -> ProcessLookup.create(model, "a", List.of("libc.so.6"), FAMILY));
      }
    }
  }

  private Path lookup(Runner runner) throws IOException {
    byte[] content =
        ProcessLookup.create(
            runner.model(),
            "liblookup.so",
            List.of("libc.so.6", "libm.so.6", "libdl.so.2"),
            FAMILY);
    return Programs.write(directory, "liblookup.so", content);
  }

  private Path answer(Runner runner) throws IOException {
    byte[] content = LookupAnswer.create(runner.model(), "libdlopen.so", lookup(runner).toString());
    return Programs.write(directory, "libdlopen.so", content);
  }

  private Path compile(Runner runner, String name, String... options) throws Exception {
    Path source = Programs.source(directory, "caller.c");
    List<String> command = new ArrayList<>(List.of(runner.compiler, "-O1", source.toString()));
    command.addAll(List.of("-o", directory.resolve(name).toString()));
    command.addAll(List.of(options));
    Programs.succeed(command.toArray(String[]::new));
    return directory.resolve(name);
  }
}
