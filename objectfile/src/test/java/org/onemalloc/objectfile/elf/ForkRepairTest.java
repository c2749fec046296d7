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

class ForkRepairTest {
  /** Two values that are equal whenever the mutex is free. */
  private static final String LIBRARY =
      """
      #include <errno.h>
      #include <pthread.h>
      #include <unistd.h>
      static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
      static volatile int first, second;
      static volatile int zeros[16];
      void initialise(void) { zeros[0]++; errno = ENOENT; }
      void change(int microseconds) {
        initialise();
        pthread_mutex_lock(&mutex);
        first++;
        usleep(microseconds);
        second++;
        pthread_mutex_unlock(&mutex);
      }
      int is_whole(void) {
        if (pthread_mutex_trylock(&mutex)) return -1;
        int whole = first == second;
        pthread_mutex_unlock(&mutex);
        return whole;
      }
      int changes(void) { return second; }
      void take(void) { pthread_mutex_lock(&mutex); }
      void give(void) { pthread_mutex_unlock(&mutex); }
      #ifdef BUSY
      __attribute__((visibility("hidden"))) void yield_now(void) { usleep(20); }
      /* As compilers make mimalloc's mi_bfield_atomic_clear_once_set. */
      #ifdef __x86_64__
      __asm__(".text; .globl wait_for_bit; .type wait_for_bit, @function; wait_for_bit:"
              "push %rbp; push %rbx; sub $8, %rsp; mov %rdi, %rbp; mov %rsi, %rbx;"
              "1: call yield_now; mov 0(%rbp), %rax; test %rax, %rbx; je 1b;"
              "add $8, %rsp; pop %rbx; pop %rbp; ret");
      #else
      __asm__(".text; .globl wait_for_bit; .type wait_for_bit, @function; wait_for_bit:"
              "stp x29, x30, [sp, #-48]!; stp x19, x20, [sp, #16]; stp x21, x22, [sp, #32];"
              "mov x19, x0; mov x21, x1;"
              "1: bl yield_now; ldar x20, [x19]; tst x21, x20; b.eq 1b;"
              "ldp x21, x22, [sp, #32]; ldp x19, x20, [sp, #16]; ldp x29, x30, [sp], #48; ret");
      #endif
      #endif
      #ifdef WAITS
      void wait_for(pthread_cond_t *other) { pthread_cond_wait(other, &mutex); }
      #endif
      """;

  /** What the programs below have in common. */
  private static final String START =
      """
      #include <pthread.h>
      #include <signal.h>
      #include <stdio.h>
      #include <stdlib.h>
      #include <sys/wait.h>
      #include <unistd.h>
      void change(int);
      int is_whole(void);
      int changes(void);
      static volatile int stopped, holding;
      static void *hold(void *microseconds) {
        holding = 1;
        change((int) (long) microseconds);
        return 0;
      }
      static pthread_t holder(long microseconds) {
        pthread_t thread;
        holding = 0;
        pthread_create(&thread, 0, hold, (void *) microseconds);
        while (!holding) usleep(50);
        usleep(100);
        return thread;
      }
      static int status_of(pid_t child) {
        int status = -1;
        waitpid(child, &status, 0);
        return status;
      }
      """;

  /**
   * The main thread forks while others hold the mutex for most of the time, and handlers of the
   * program take it too. Then a fork finds it held for a moment, and so must wait; the machine may
   * be busy, so a part of these forks is enough. The last is in a signal handler that interrupted
   * the holder: this child returns to the holder and ends what it began.
   */
  private static final String PROGRAM =
      START
          + """
      static void allocate(void) { if (!stopped) change(0); }
      static int forked(void) {
        pid_t child = fork();
        if (child == 0) {
          alarm(20);
          int whole = is_whole();
          change(0);
          _exit(whole + 1);
        }
        int status = status_of(child);
        return WIFEXITED(status) ? WEXITSTATUS(status) - 1 : -2;
      }
      static void *busy(void *unused) {
        while (!stopped) { change(300); usleep(50); }
        return 0;
      }
      static volatile pid_t interrupted = -1;
      static void interrupt(int signal) {
        interrupted = fork();
        if (interrupted == 0) { alarm(20); return; }
        printf("in a signal handler %d\\n", status_of(interrupted));
      }
      int main(void) {
        pthread_atfork(allocate, allocate, 0);
        change(0);
        pthread_atfork(allocate, allocate, allocate);
        pthread_t threads[2];
        for (int i = 0; i < 2; i++) pthread_create(&threads[i], 0, busy, 0);
        int failed = 0, waited = 0;
        for (int i = 0; i < 40; i++) failed += forked() < 0;
        stopped = 1;
        for (int i = 0; i < 2; i++) pthread_join(threads[i], 0);
        for (int i = 0; i < 40; i++) {
          pthread_t thread = holder(400);
          waited += forked() == 1;
          pthread_join(thread, 0);
        }
        printf("failed %d waited %d\\n", failed, waited >= 20);
        fflush(stdout);
        signal(SIGALRM, interrupt);
        ualarm(100000, 0);
        change(3000000);
        if (interrupted == 0) {
          int whole = is_whole();
          change(0);
          _exit(whole == 1 && forked() == 1 ? 0 : 1);
        }
        printf("after it %d\\n", forked());
        return 0;
      }
      """;

  /**
   * The mutex is held for longer than a fork waits, and the holder is gone in the child. Threads of
   * the child then touch it for the first time at once, and each must see what the one before it
   * did. (The holder is the thread that forks, because a child of a process with threads cannot
   * start threads under qemu.) A thread of the child that holds it for long keeps it; in a child of
   * the child it is free again.
   */
  private static final String CHILD =
      START
          + """
      void take(void);
      void give(void);
      static void *change_often(void *unused) {
        for (int i = 0; i < 300; i++) {
          change(0);
          while (i % 3 == 0 && is_whole() < 0) continue;
        }
        return 0;
      }
      static int contends(void) {
        pthread_t threads[4];
        int before = changes();
        for (int i = 0; i < 4; i++) pthread_create(&threads[i], 0, change_often, 0);
        for (int i = 0; i < 4; i++) pthread_join(threads[i], 0);
        return changes() == before + 1200;
      }
      static int keeps(void) {
        int before = changes();
        pthread_t thread = holder(500000);
        int busy = is_whole();
        pid_t child = fork();
        if (child == 0) {
          alarm(20);
          int free = is_whole();
          change(0);
          _exit(free < 0);
        }
        int status = status_of(child);
        change(0);
        int after = changes();
        pthread_join(thread, 0);
        return busy == -1 && status == 0 && after == before + 2;
      }
      int main(void) {
        change(0);
        int contended = 0, kept = 0;
        for (int i = 0; i < 40; i++) {
          take();
          pid_t child = fork();
          if (child == 0) { alarm(20); _exit(contends() ? 0 : 1); }
          int busy = is_whole();
          give();
          contended += status_of(child) == 0 && busy == -1;
        }
        for (int i = 0; i < 2; i++) {
          take();
          pid_t child = fork();
          if (child == 0) { alarm(20); change(0); _exit(keeps() ? 0 : 1); }
          give();
          kept += status_of(child) == 0;
        }
        printf("contended %d kept %d whole %d\\n", contended, kept, is_whole());
        return 0;
      }
      """;

  /**
   * The handlers of the program were registered before those of the library, so the first runs
   * after the library's. It needs a lock whose holder needs the mutex: whoever let threads wait for
   * the fork would wait for ever, and the alarm would end the program.
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
      static volatile int held, forking;
      static void take(void) { forking = 1; pthread_mutex_lock(&other); }
      static void give(void) { pthread_mutex_unlock(&other); }
      static void *work(void *unused) {
        pthread_mutex_lock(&other);
        held = 1;
        while (!forking) usleep(50);
        change(1000);
        pthread_mutex_unlock(&other);
        return 0;
      }
      int main(void) {
        alarm(30);
        pthread_atfork(take, give, give);
        change(0);
        pthread_t thread;
        pthread_create(&thread, 0, work, 0);
        while (!held) usleep(50);
        pid_t child = fork();
        if (child == 0) { alarm(20); int whole = is_whole(); change(0); _exit(whole + 1); }
        int status = -1;
        waitpid(child, &status, 0);
        pthread_join(thread, 0);
        printf("whole %d\\n", WEXITSTATUS(status) - 1);
        return 0;
      }
      """;

  /** Waits for bits that another thread sets, and in the child for one that nobody sets. */
  private static final String BITS =
      START
          + """
      void wait_for_bit(volatile unsigned long *word, unsigned long mask);
      static volatile unsigned long word;
      static volatile int done;
      static void *set(void *mask) {
        usleep(20000);
        done = 1;
        __atomic_fetch_or(&word, (unsigned long) mask, __ATOMIC_SEQ_CST);
        return 0;
      }
      static int waited(unsigned long mask) {
        pthread_t thread;
        done = 0;
        pthread_create(&thread, 0, set, (void *) mask);
        wait_for_bit(&word, mask);
        int result = done;
        pthread_join(thread, 0);
        return result;
      }
      int main(void) {
        change(0);
        printf("parent %d\\n", waited(1));
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
          alarm(60);
          int by_thread = waited(2);
          wait_for_bit(&word, 4);
          _exit(2 * by_thread + (word == 7));
        }
        int status = -1;
        waitpid(child, &status, 0);
        printf("child %x\\n", status);
        return 0;
      }
      """;

  private static final String ERRNO =
      """
      #include <errno.h>
      #include <stdio.h>
      void change(int);
      int main(void) {
        errno = 7;
        change(0);
        int first = errno;
        errno = 8;
        change(0);
        printf("errno %d %d\\n", first, errno);
        return 0;
      }
      """;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void isTheAssemblyBesideIt(Runner runner) throws Exception {
    boolean isX86 = runner == Runner.X86_64;
    MachineCode code = BusyWait.behind(isX86 ? ForkRepairX86.CODE : ForkRepairAarch64.CODE, isX86);
    byte[] bytes = code.bytes();
    byte[] assembled = runner.assembled(directory, code.assembly(), bytes.length, List.of());
    assertArrayEquals(bytes, assembled);
  }

  @ParameterizedTest
  @EnumSource
  void givesAChildEveryMutexFree(Runner runner) throws Exception {
    runner.assumeHere();
    assertEquals("failed 0 waited 1\nin a signal handler 0\nafter it 1\n", run(runner, PROGRAM));
  }

  @ParameterizedTest
  @EnumSource
  void keepsTheMutexesThatThreadsOfTheChildHold(Runner runner) throws Exception {
    runner.assumeHere();
    assertEquals("contended 40 kept 2 whole 1\n", run(runner, CHILD));
  }

  @ParameterizedTest
  @EnumSource
  void endsAWaitForAThreadThatAChildDoesNotHave(Runner runner) throws Exception {
    runner.assumeHere();
    assertEquals("parent 1\nchild 300\n", run(runner, BITS, "-DBUSY"));
  }

  @ParameterizedTest
  @EnumSource
  void letsNoThreadWaitForAFork(Runner runner) throws Exception {
    runner.assumeHere();
    assertEquals("whole 1\n", run(runner, EARLY));
  }

  @ParameterizedTest
  @EnumSource
  void keepsErrnoWhereTheInitialiserChangesIt(Runner runner) throws Exception {
    runner.assumeHere();
    assertEquals("errno 7 8\n", run(runner, ERRNO));
  }

  @ParameterizedTest
  @EnumSource
  void refusesALibraryThatWaitsInAnotherWay(Runner runner) throws Exception {
    runner.assumeHere();
    ElfFile library = library(runner, "-DWAITS");
    ObjectFileException refused =
        assertThrows(ObjectFileException.class, () -> ForkRepair.add(library, "initialise"));
    assertTrue(refused.getMessage().contains("pthread_cond_wait"), refused.getMessage());
    ElfFile other = library(runner);
    assertThrows(ObjectFileException.class, () -> ForkRepair.add(other, "is_whole"));
  }

  private String run(Runner runner, String text, String... options) throws Exception {
    ElfFile library = library(runner, options);
    ElfFile repaired = ElfFile.of(ForkRepair.add(library, "initialise"), "repaired");
    byte[] result = AliasSymbols.add(repaired, Map.of(), ForkRepair.IMPORTS, "libvalues.so");
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
