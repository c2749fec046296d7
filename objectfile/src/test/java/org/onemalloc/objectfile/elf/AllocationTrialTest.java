package org.onemalloc.objectfile.elf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.onemalloc.objectfile.elf.LookupAnswerTest.Runner;

class AllocationTrialTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void isTheAssemblyBesideIt(Runner runner) throws Exception {
    MachineCode code = AllocationTrial.code(runner.model());
    byte[] bytes = code.bytes();
    List<String> words = List.of("malloc", "realloc", "free");
    assertArrayEquals(bytes, runner.assembled(directory, code.assembly(), bytes.length, words));
  }

  @ParameterizedTest
  @EnumSource
  void allocatesBeforeTheProgramStarts(Runner runner) throws Exception {
    runner.assumeHere();
    Path counting = directory.resolve("counting.c");
    Files.writeString(
        counting,
        """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stdio.h>
        static int blocks, doubled, freed;
        void *malloc(size_t size) {
          blocks++;
          return ((void *(*)(size_t)) dlsym(RTLD_NEXT, "malloc"))(size);
        }
        void *realloc(void *block, size_t size) {
          doubled++;
          return ((void *(*)(void *, size_t)) dlsym(RTLD_NEXT, "realloc"))(block, size);
        }
        void free(void *block) {
          if (block) freed++;
          ((void (*)(void *)) dlsym(RTLD_NEXT, "free"))(block);
        }
        int main(void) {
          int ours[] = {blocks, doubled, freed};
          printf("%d %d %d\\n", ours[0], ours[1], ours[2]);
          return 0;
        }
        """);
    Path program = directory.resolve("counting");
    Programs.succeed(
        runner.compiler,
        counting.toString(),
        "-fno-builtin",
        "-rdynamic",
        "-o",
        program.toString(),
        "-ldl");
    String plain = runner.run(Map.of(), program.toString());
    Path trial = Files.write(directory.resolve("trial.so"), AllocationTrial.create(runner.model()));
    String[] before = plain.strip().split(" ", -1);
    String[] after =
        runner
            .run(Map.of("LD_PRELOAD", trial.toString()), program.toString())
            .strip()
            .split(" ", -1);
    for (int i = 0; i < before.length; i++) {
      // 2^4 to 2^25 bytes
      assertEquals(22, Integer.parseInt(after[i]) - Integer.parseInt(before[i]));
    }
  }

  @Test
  void passesElflintAndReadelf() throws Exception {
    Programs.assumeInstalled("eu-elflint");
    for (Runner runner : Runner.values()) {
      Path trial =
          Files.write(directory.resolve("trial.so"), AllocationTrial.create(runner.model()));
      Programs.succeed("eu-elflint", "--gnu-ld", trial.toString());
    }
  }
}
