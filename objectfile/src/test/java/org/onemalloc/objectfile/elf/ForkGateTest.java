package org.onemalloc.objectfile.elf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.LookupAnswerTest.Runner;

class ForkGateTest {
  /** Two values that are equal whenever the mutex is free. */
  private static final String LIBRARY =
      """
      #include <pthread.h>
      #include <unistd.h>
      static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
      static volatile int first, second;
      static volatile int zeros[16];
      void initialise(void) { zeros[0]++; }
      void change(int microseconds) {
        initialise();
        pthread_mutex_lock(&mutex);
        first++;
        usleep(microseconds);
        second++;
        pthread_mutex_unlock(&mutex);
      }
      int is_whole(void) {
        if (pthread_mutex_trylock(&mutex)) return 0;
        int whole = first == second;
        pthread_mutex_unlock(&mutex);
        return whole;
      }
      #ifdef WAITS
      void wait_for(pthread_cond_t *other) { pthread_cond_wait(other, &mutex); }
      #endif
      """;

  /**
   * The main thread forks while others hold the mutex for most of the time. The handlers of the
   * program come before those of the library, so they run while the gate is closed. Inside a signal
   * handler that interrupted the holder, fork must return too.
   */
  private static final String PROGRAM =
      """
      #include <pthread.h>
      #include <signal.h>
      #include <stdio.h>
      #include <stdlib.h>
      #include <sys/wait.h>
      #include <unistd.h>
      void change(int);
      int is_whole(void);
      static volatile int stopped;
      static void allocate(void) { if (!stopped) change(0); }
      static int forked(void) {
        pid_t child = fork();
        if (child == 0) {
          alarm(20);
          int whole = is_whole();
          change(0);
          _exit(whole ? 0 : 1);
        }
        int status = -1;
        waitpid(child, &status, 0);
        return status;
      }
      static void *busy(void *unused) {
        while (!stopped) { change(300); usleep(50); }
        return 0;
      }
      static void interrupt(int signal) {
        pid_t child = fork();
        if (child == 0) _exit(0);
        int status = -1;
        waitpid(child, &status, 0);
        printf("in a signal handler %d\\n", status);
      }
      int main(void) {
        pthread_atfork(allocate, allocate, allocate);
        change(0);
        pthread_t threads[2];
        for (int i = 0; i < 2; i++) pthread_create(&threads[i], 0, busy, 0);
        int failed = 0;
        for (int i = 0; i < 40; i++) failed += forked() != 0;
        stopped = 1;
        for (int i = 0; i < 2; i++) pthread_join(threads[i], 0);
        printf("failed %d\\n", failed);
        signal(SIGALRM, interrupt);
        ualarm(100000, 0);
        change(3000000);
        printf("after it %d\\n", forked());
        return 0;
      }
      """;

  /**
   * The handlers of the program were registered before those of the library, so the first runs
   * after the gate is closed. It needs a lock whose holder waits at the gate: without a limit to
   * that wait both would stand still, and the alarm would end the program. In the second round the
   * thread keeps the mutex beyond the fork; the fork after it must wait until it is free.
   */
  private static final String EARLY =
      """
      #include <pthread.h>
      #include <stdio.h>
      #include <sys/wait.h>
      #include <unistd.h>
      void change(int);
      int is_whole(void);
      static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
      static volatile int held, closed, keeps, tried;
      static void take(void) {
        if (!held) return;
        closed = 1;
        pthread_mutex_lock(&other);
        while (keeps && is_whole()) usleep(1000);
      }
      static void give(void) { if (held) pthread_mutex_unlock(&other); }
      static void *work(void *unused) {
        pthread_mutex_lock(&other);
        held = 1;
        while (!closed) usleep(50);
        change(0);
        tried += is_whole();
        pthread_mutex_unlock(&other);
        if (keeps) change(500000);
        return 0;
      }
      static int forked(int uses) {
        pid_t child = fork();
        if (child == 0) {
          alarm(20);
          if (!uses) _exit(0);
          int whole = is_whole();
          change(0);
          _exit(whole ? 0 : 1);
        }
        int status = -1;
        waitpid(child, &status, 0);
        return status;
      }
      int main(void) {
        alarm(30);
        pthread_atfork(take, give, give);
        change(0);
        for (int round = 0; round < 3; round++) {
          pthread_t thread;
          closed = 0;
          keeps = round == 1;
          pthread_create(&thread, 0, work, 0);
          while (!held) usleep(50);
          int first = forked(!keeps);
          held = 0;
          int second = forked(1);
          pthread_join(thread, 0);
          printf("round %d: %d %d\\n", round, first, second);
        }
        printf("tried %d\\n", tried);
        return 0;
      }
      """;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void isTheAssemblyBesideIt(Runner runner) throws Exception {
    MachineCode code = runner == Runner.X86_64 ? ForkGateX86.CODE : ForkGateAarch64.CODE;
    byte[] bytes = code.bytes();
    byte[] assembled = runner.assembled(directory, code.assembly(), bytes.length, List.of());
    assertArrayEquals(bytes, assembled);
  }

  @ParameterizedTest
  @EnumSource
  void givesAChildEveryMutexFreeAndWhatItProtectsWhole(Runner runner) throws Exception {
    runner.assumeHere();
    assertEquals("failed 0\nin a signal handler 0\nafter it 0\n", run(runner, PROGRAM));
  }

  @ParameterizedTest
  @EnumSource
  void letsAThreadInIfTheForkWaitsForIt(Runner runner) throws Exception {
    runner.assumeHere();
    assertEquals("round 0: 0 0\nround 1: 0 0\nround 2: 0 0\ntried 3\n", run(runner, EARLY));
  }

  @ParameterizedTest
  @EnumSource
  void refusesALibraryThatWaitsInAnotherWay(Runner runner) throws Exception {
    runner.assumeHere();
    ElfFile library = library(runner, "-DWAITS");
    ObjectFileException refused =
        assertThrows(ObjectFileException.class, () -> ForkGate.add(library, "initialise"));
    assertTrue(refused.getMessage().contains("pthread_cond_wait"), refused.getMessage());
    ElfFile other = library(runner);
    assertThrows(ObjectFileException.class, () -> ForkGate.add(other, "is_whole"));
  }

  private String run(Runner runner, String text) throws Exception {
    ElfFile gated = ElfFile.of(ForkGate.add(library(runner), "initialise"), "gated");
    byte[] result = AliasSymbols.add(gated, Map.of(), ForkGate.IMPORTS, "libvalues.so");
    Path program = directory.resolve("program");
    Path source = Files.writeString(directory.resolve("program.c"), text);
    Path made = Files.write(directory.resolve("libvalues.so"), result);
    Programs.succeed(
        runner.compiler,
        "-O1",
        "-pthread",
        "-o",
        program.toString(),
        source.toString(),
        made.toString());
    Programs.assumeInstalled("eu-elflint");
    Programs.succeed("eu-elflint", "--gnu-ld", made.toString());
    return runner.run(Map.of("LD_LIBRARY_PATH", directory.toString()), program.toString());
  }

  private ElfFile library(Runner runner, String... options) throws Exception {
    Path source = Files.writeString(directory.resolve("values.c"), LIBRARY);
    Path output = directory.resolve("libvalues.so");
    List<String> words = new ArrayList<>(List.of(runner.compiler, "-O1", "-fPIC", "-shared"));
    words.addAll(List.of("-pthread", "-Wl,-z,lazy", "-o", output.toString(), source.toString()));
    if (runner == Runner.X86_64) {
      words.add("-fcf-protection=none");
    }
    words.addAll(List.of(options));
    Programs.succeed(words.toArray(String[]::new));
    return ElfFile.read(output);
  }
}
