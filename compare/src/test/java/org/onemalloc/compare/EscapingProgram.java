package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.onemalloc.compare.process.ProcessTree.Member;

/**
 * A program that another allocator serves, and that does one thing when it is told to: {@code
 * small} or {@code large} takes blocks from glibc's own malloc, {@code odd} maps a second C library
 * of which nothing is recognised.
 */
final class EscapingProgram implements AutoCloseable {
  private static final String SOURCE =
      """
      #include <dlfcn.h>
      #include <fcntl.h>
      #include <stdio.h>
      #include <string.h>
      #include <sys/mman.h>
      static void take(size_t size, int blocks) {
        void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
        void *(*allocate)(size_t) = (void *(*)(size_t)) dlsym(libc, "malloc");
        for (int i = 0; i < blocks; i++) *(volatile char *) allocate(size) = 1;
      }
      static void map(const char *file) {
        int descriptor = open(file, O_RDONLY);
        mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0);
      }
      int main(int count, char **words) {
        char line[16];
        setvbuf(stdout, NULL, _IONBF, 0);
        setvbuf(stdin, NULL, _IONBF, 0);
        for (puts("ready"); fgets(line, sizeof line, stdin); puts("done")) {
          if (strcmp(line, "small\\n") == 0) take(500, 40000);
          if (strcmp(line, "large\\n") == 0) take(1 << 20, 20);
          if (strcmp(line, "odd\\n") == 0) map(words[1]);
        }
        return 0;
      }
      """;

  private final Process process;
  private final BufferedReader out;
  private final Path library;

  EscapingProgram(Path folder) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/cc")), "cc is not installed");
    library = Path.of("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2");
    assumeTrue(Files.exists(library), "jemalloc is not installed");
    Path odd = Files.write(folder.resolve("libc-2.99.so"), new byte[65536]);
    Path source = Files.writeString(folder.resolve("escapes.c"), SOURCE);
    Path program = folder.resolve("escapes");
    Process compiler =
        new ProcessBuilder("cc", "-o", program + "", source + "", "-ldl").inheritIO().start();
    assertEquals(0, compiler.waitFor());
    ProcessBuilder builder = new ProcessBuilder(program.toString(), odd.toString());
    builder.environment().put("LD_PRELOAD", library.toString());
    process = builder.start();
    out = process.inputReader(StandardCharsets.UTF_8);
    assertEquals("ready", out.readLine());
  }

  /** Lets the program do something, and waits until it has. */
  void tell(String what) throws IOException {
    process.getOutputStream().write((what + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
    assertEquals("done", out.readLine());
  }

  /** Returns the allocator that serves it. */
  Path library() {
    return library;
  }

  long pid() {
    return process.pid();
  }

  /** Returns it as a sample shows it. */
  List<Member> sample() throws IOException {
    String[] fields =
        Files.readString(Path.of("/proc/" + pid() + "/stat"))
            .replaceAll(".*\\) ", "")
            .split(" ", -1);
    long started = Long.parseLong(fields[19]);
    long pages = Long.parseLong(fields[21]);
    return List.of(new Member(pid(), "escapes", 1, 1, 0, started, pages, false));
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
