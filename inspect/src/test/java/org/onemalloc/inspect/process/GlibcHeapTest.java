package org.onemalloc.inspect.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GlibcHeapTest {
  static final String PROGRAM =
      """
      #include <malloc.h>
      #include <pthread.h>
      #include <stdio.h>
      #include <stdlib.h>
      static pthread_barrier_t all;
      static void *churn(void *unused) {
        void *blocks[2000];
        for (int i = 0; i < 2000; i++) blocks[i] = malloc(16 + (i * 37) % 3000);
        for (int i = 0; i < 2000; i += 3) free(blocks[i]);
        pthread_barrier_wait(&all);
        pthread_barrier_wait(&all);
        return NULL;
      }
      int main(int count, char **arguments) {
        int threads = atoi(arguments[1]);
        pthread_t ids[64];
        setvbuf(stdout, NULL, _IONBF, 0);
        setvbuf(stdin, NULL, _IONBF, 0);
        pthread_barrier_init(&all, NULL, threads + 1);
        for (int i = 0; i < threads; i++) pthread_create(&ids[i], NULL, churn, NULL);
        pthread_barrier_wait(&all);
        for (int i = 0; i < threads; i++) *(char *) malloc(200000 + 100000 * i) = 1;
        malloc_info(0, stdout);
        puts("ready");
        getchar();
        pthread_barrier_wait(&all);
        return 0;
      }
      """;

  static final Pattern TOTAL = Pattern.compile("<system type=\"current\" size=\"(\\d+)\"/>");

  static final Pattern MAPPED =
      Pattern.compile("<total type=\"mmap\" count=\"\\d+\" size=\"(\\d+)\"/>");

  @TempDir Path folder;

  @Test
  void understandsTheLibcOfThisMachine() throws IOException {
    assumeTrue(System.getenv("LD_PRELOAD") == null, "another allocator serves this JVM");
    GlibcHeap own = GlibcHeap.of(ProcessHandle.current().pid()).orElseThrow();
    assertTrue(own.systemBytes().orElseThrow() > 0);
  }

  /** A second copy of libc in this process, of which nothing is recognised. */
  @Test
  void whatIsNotRecognisedIsUnknownAndNotZero() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      mapOddLibc(folder, arena);
      GlibcHeap own = GlibcHeap.of(ProcessHandle.current().pid()).orElseThrow();
      assertEquals(OptionalLong.empty(), own.systemBytes());
      assertEquals(OptionalLong.empty(), own.mappedBytes());
      assertEquals(OptionalLong.empty(), own.heldBytes());
      assertTrue(own.unknown().orElseThrow().contains("was not recognised"));
      assertTrue(own.leastBytes() > 0, "what is known of the first copy");
    }
  }

  /** Maps the data of a C library that has no structure of malloc. */
  static void mapOddLibc(Path folder, Arena arena) throws IOException {
    Path odd = Files.write(folder.resolve("libc-2.99.so"), new byte[64 << 10]);
    try (FileChannel file =
        FileChannel.open(odd, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      assertEquals(64 << 10, file.map(MapMode.PRIVATE, 0, 64 << 10, arena).byteSize());
    }
  }

  @Test
  void oneUnknownPartMakesTheWholeUnknown() {
    GlibcHeap noBlocks = new GlibcHeap(1, OptionalLong.of(5), OptionalLong.empty());
    GlibcHeap noArenas = new GlibcHeap(0, OptionalLong.empty(), OptionalLong.of(7));
    assertEquals(OptionalLong.empty(), noBlocks.heldBytes());
    assertEquals(OptionalLong.empty(), noArenas.heldBytes());
    assertEquals(5, noBlocks.leastBytes());
    assertEquals(7, noArenas.leastBytes());
    assertTrue(noBlocks.unknown().orElseThrow().contains("mapped blocks"));
    assertTrue(noArenas.unknown().orElseThrow().contains("arenas"));
    GlibcHeap known = new GlibcHeap(1, OptionalLong.of(5), OptionalLong.of(7));
    assertEquals(OptionalLong.of(12), known.heldBytes());
    assertEquals(Optional.empty(), known.unknown());
  }

  @Test
  void eachCopyOfLibcIsItsDataWithoutTheAnonymousMemoryAfterIt() {
    List<Mapping> maps =
        Stream.of(
                "1000-2000 r-xp 00000000 08:01 5 /lib/libc-2.31.so",
                "2000-3000 r--p 00001000 08:01 5 /lib/libc-2.31.so",
                "3000-4000 rw-p 00002000 08:01 5 /lib/libc-2.31.so",
                "4000-6000 rw-p 00000000 00:00 0 ",
                "6000-7000 rw-p 00000000 08:01 6 /lib/libm.so.6",
                "7000-8000 rw-p 00000000 00:00 0 ",
                "a000-b000 rw-p 00002000 08:01 5 /lib/libc-2.31.so (deleted)",
                "c000-d000 rw-p 00000000 00:00 0 ")
            .map(Mapping::parse)
            .toList();
    assertEquals(List.of(List.of(maps.get(2)), List.of(maps.get(6))), GlibcHeap.copiesOfLibc(maps));
  }

  @Test
  void readsWhatGlibcSaysOfItself() throws Exception {
    for (int threads : new int[] {0, 1, 8}) {
      Process process = start(threads);
      try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
        String said = until(out, "ready");
        GlibcHeap heap = GlibcHeap.of(process.pid()).orElseThrow();
        assertEquals(OptionalLong.of(last(TOTAL, said)), heap.systemBytes());
        assertEquals(OptionalLong.of(last(MAPPED, said)), heap.mappedBytes());
        assertEquals(said.split("<heap nr=", -1).length - 1, heap.arenas());
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
  }

  @Test
  void findsNothingWhereAnotherAllocatorServes() throws Exception {
    Path jemalloc = Path.of("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2");
    assumeTrue(Files.exists(jemalloc), "jemalloc is not installed");
    // The process is asked after it has answered: before that the loader may be at work, and the
    // data of libc is as it lies in the file.
    Process process = new ProcessBuilder("env", "LD_PRELOAD=" + jemalloc, "cat").start();
    try (BufferedWriter in = process.outputWriter();
        BufferedReader out = process.inputReader()) {
      in.write("ready\n");
      in.flush();
      assertEquals("ready", out.readLine());
      assertEquals(
          new GlibcHeap(0, OptionalLong.of(0), OptionalLong.of(0)),
          GlibcHeap.of(process.pid()).orElseThrow());
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void saysThatAProcessIsGone() {
    assertThrows(IOException.class, () -> GlibcHeap.of(Integer.MAX_VALUE));
  }

  private Process start(int threads) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/cc")), "cc is not installed");
    Path source = Files.writeString(folder.resolve("churn.c"), PROGRAM);
    Path program = folder.resolve("churn");
    int status =
        new ProcessBuilder("cc", "-O1", "-pthread", "-o", program + "", source + "")
            .inheritIO()
            .start()
            .waitFor();
    assertEquals(0, status);
    return new ProcessBuilder(program.toString(), Integer.toString(threads)).start();
  }

  static String until(BufferedReader out, String last) throws IOException {
    StringBuilder said = new StringBuilder();
    for (String line = out.readLine(); !line.equals(last); line = out.readLine()) {
      said.append(line).append('\n');
    }
    return said.toString();
  }

  static long last(Pattern pattern, String said) {
    Matcher size = pattern.matcher(said);
    long last = -1;
    while (size.find()) {
      last = Long.parseLong(size.group(1));
    }
    return last;
  }
}
