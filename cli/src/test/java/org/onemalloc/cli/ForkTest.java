package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.onemalloc.cli.Onemalloc.Result;

/**
 * A program forks while threads of it start and end. The child frees blocks of threads that ended,
 * and starts a thread.
 */
@Tag("slow")
class ForkTest {
  /**
   * Two threads start and join others, which allocate and leave blocks behind. A child that hangs
   * is ended by SIGALRM, and the program then exits with 1.
   */
  private static final String SOURCE =
      """
      #include <pthread.h>
      #include <stdio.h>
      #include <stdlib.h>
      #include <sys/wait.h>
      #include <unistd.h>
      static volatile int stopped;
      static char *left[512];
      static int next;
      static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
      static void *allocate(void *unused) {
        char *blocks[64];
        for (int i = 0; i < 64; i++) { blocks[i] = malloc(100 + i * i * 10); blocks[i][0] = 1; }
        pthread_mutex_lock(&mutex);
        for (int i = 0; i < 64; i++) {
          char *older = left[++next % 512];
          left[next % 512] = blocks[i];
          blocks[i] = older;
        }
        pthread_mutex_unlock(&mutex);
        for (int i = 0; i < 64; i++) free(blocks[i]);
        return 0;
      }
      static void start(void) {
        pthread_t thread;
        if (!pthread_create(&thread, 0, allocate, 0)) pthread_join(thread, 0);
      }
      static void *accept_all(void *unused) {
        while (!stopped) start();
        return 0;
      }
      int main(void) {
        pthread_t threads[2];
        for (int i = 0; i < 2; i++) pthread_create(&threads[i], 0, accept_all, 0);
        for (int i = 0; i < 300; i++) {
          pthread_mutex_lock(&mutex);
          pid_t child = fork();
          if (child == 0) alarm(20);
          for (int j = 0; child == 0 && j < 512; j++) { free(left[j]); left[j] = 0; }
          pthread_mutex_unlock(&mutex);
          if (child == 0) { start(); _exit(0); }
          int status = -1;
          waitpid(child, &status, 0);
          if (status != 0) { printf("child %d: status %d\\n", i, status); exit(1); }
        }
        stopped = 1;
        for (int i = 0; i < 2; i++) pthread_join(threads[i], 0);
        puts("no child hung");
        return 0;
      }
      """;

  /**
   * fork takes glibc's lock of all streams after the handlers. A thread that flushes all streams
   * holds it, and waits for a stream whose holder makes its first allocation.
   */
  private static final String STREAMS =
      """
      #include <pthread.h>
      #include <stdio.h>
      #include <stdlib.h>
      #include <sys/wait.h>
      #include <unistd.h>
      static FILE *shared;
      static volatile int stopped;
      static void *read_line(void *unused) {
        char *line = 0;
        size_t size = 0;
        if (getline(&line, &size, shared) < 0) rewind(shared);
        free(line);
        return 0;
      }
      static void *accept_all(void *unused) {
        pthread_t thread;
        while (!stopped)
          if (!pthread_create(&thread, 0, read_line, 0)) pthread_join(thread, 0);
        return 0;
      }
      static void *flush_all(void *unused) {
        while (!stopped) { fflush(0); usleep(50); }
        return 0;
      }
      int main(int count, char **words) {
        shared = fopen(words[0], "r");
        pthread_t threads[4];
        for (int i = 0; i < 4; i++)
          pthread_create(&threads[i], 0, i == 3 ? flush_all : accept_all, 0);
        for (int i = 0; i < 100; i++) {
          pid_t child = fork();
          if (child == 0) _exit(0);
          int status = -1;
          waitpid(child, &status, 0);
        }
        stopped = 1;
        for (int i = 0; i < 4; i++) pthread_join(threads[i], 0);
        puts("no fork hung");
        return 0;
      }
      """;

  @TempDir Path folder;

  static List<String> allocators() throws Exception {
    List<String> names =
        Onemalloc.run("allocators")
            .out()
            .lines()
            .skip(1)
            .filter(line -> !line.startsWith(" "))
            .map(line -> line.split(" ", 2)[0])
            .toList();
    assertTrue(names.contains("mimalloc"), names.toString());
    return Stream.concat(names.stream(), Stream.of("mimalloc+tuned")).toList();
  }

  private Path program() throws Exception {
    return Tools.compile(folder.toRealPath(), "forks", SOURCE, "-pthread");
  }

  private static void hasNoHungChild(Result result) {
    assertEquals("0 no child hung\n", result.exitCode() + " " + result.out(), result.err());
  }

  @ParameterizedTest
  @MethodSource("allocators")
  void noChildHangsIfTheAllocatorIsPreloaded(String allocator) throws Exception {
    hasNoHungChild(Onemalloc.run("run", "-a", allocator, "--", program().toString()));
  }

  @ParameterizedTest
  @MethodSource("allocators")
  void noChildHangsIfTheProgramIsLinked(String allocator) throws Exception {
    String program = program().toString();
    if (!allocator.equals("system")) {
      Result linked = Onemalloc.run("link", program, "-a", allocator);
      assertEquals(0, linked.exitCode(), linked.err());
    }
    hasNoHungChild(Onemalloc.run(Map.of(), List.of(program)));
  }

  /** Of the other allocators jemalloc and tcmalloc hang here by themselves. */
  @Test
  void noForkHangsIfAThreadHoldsAStream() throws Exception {
    Path program = Tools.compile(folder.toRealPath(), "streams", STREAMS, "-pthread");
    Result result = Onemalloc.run("run", "-a", "mimalloc", "--", program.toString());
    assertEquals("0 no fork hung\n", result.exitCode() + " " + result.out(), result.err());
  }

  @Test
  void noChildHangsUnderMusl() throws Exception {
    Tools.require("musl-gcc");
    Path source = Files.writeString(folder.resolve("musl.c"), SOURCE);
    Path program = folder.toRealPath().resolve("musl");
    List<String> compile = List.of("musl-gcc", "-O1", "-o", program + "", source + "");
    assertEquals(0, Onemalloc.run(Map.of(), compile).exitCode());
    hasNoHungChild(Onemalloc.run("run", "--", program.toString()));
  }
}
