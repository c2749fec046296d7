package org.onemalloc.allocators;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real programs under each allocator of this machine that can be preloaded. */
@Tag("slow")
class RealRunTest {
  @TempDir static Path directory;
  private static List<Allocator> all;

  @BeforeAll
  static void find() {
    all =
        Allocators.ofThisMachine().all().stream()
            .filter(allocator -> !allocator.isSystem() && allocator.preload().fit())
            .toList();
    assertTrue(all.stream().anyMatch(allocator -> allocator.origin() == Origin.BUNDLED));
  }

  private static void runsUnderEach(String expected, String... command) {
    for (Allocator allocator : all) {
      Map<String, String> environment =
          new HashMap<>(new Choice(allocator, true).environment(Map.of()));
      environment.put("LD_PRELOAD", allocator.library().orElseThrow().toString());
      Shell.Result result = Shell.run(environment, command);
      assertEquals(
          new Shell.Result(0, expected),
          result,
          () -> allocator.qualifiedName() + " " + environment);
    }
  }

  @Test
  void blocksOfLibcGoToFreeAndEveryFunctionBelongsTogether() throws Exception {
    Path program =
        Shell.compile(
            directory,
            "family",
            """
            #define _GNU_SOURCE
            #include <errno.h>
            #include <malloc.h>
            #include <stdint.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            int main(void) {
              for (int i = 0; i < 1000; i++) {
                char *s = strdup("some text");
                void *p;
                if (posix_memalign(&p, 256, 1100 + i) || (uintptr_t)p % 256) return 1;
                s = realloc(s, 5000 + i);
                if (!s || strcmp(s, "some text") || malloc_usable_size(s) < 5000) return 2;
                errno = 7;
                free(s);
                if (errno != 7) return 3;
                free(p);
                free(aligned_alloc(64, 640));
                free(memalign(128, 10));
                free(valloc(10));
                free(reallocarray(NULL, 10, 10));
                free(realpath("/", NULL));
              }
              puts("ok");
              return 0;
            }
            """);
    runsUnderEach("ok\n", program.toString());
  }

  @Test
  void alignsAsAskedUnlessTheDefectIsKnown() throws Exception {
    Path program =
        Shell.compile(
            directory,
            "aligned",
            """
            #include <stdint.h>
            #include <stdlib.h>
            int main(void) {
              for (size_t a = 16; a <= 65536; a *= 2) {
                for (size_t n = 1; n <= 2 * a; n = n * 2) {
                  void *p;
                  if (posix_memalign(&p, a, n) || (uintptr_t)p % a) return 1;
                }
              }
              return 0;
            }
            """);
    for (Allocator allocator : all) {
      String library = allocator.library().orElseThrow().toString();
      int expected = allocator.defect().contains("posix_memalign") ? 1 : 0;
      Shell.Result result = Shell.run(Map.of("LD_PRELOAD", library), program.toString());
      assertEquals(expected, result.exitCode(), allocator.qualifiedName());
    }
  }

  @Test
  void forksWithThreadsAndLoadsFortyLibrariesWithTls() throws Exception {
    Path tls =
        Shell.compile(
            directory,
            "libtls.so",
            "__thread char block[1000]; char *get(void) { return block; }",
            "-shared",
            "-fPIC");
    for (int i = 0; i < 40; i++) {
      Files.copy(tls, directory.resolve("libtls" + i + ".so"));
    }
    Path program =
        Shell.compile(
            directory,
            "threads",
            """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <pthread.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/wait.h>
            #include <unistd.h>
            static volatile int stop;
            static void *churn(void *seed) {
              unsigned s = (unsigned)(size_t)seed;
              while (!stop) {
                char *p = malloc(rand_r(&s) % 9000);
                free(strdup("x"));
                free(p);
              }
              return 0;
            }
            int main(int argc, char **argv) {
              pthread_t t[4];
              for (size_t i = 0; i < 4; i++) pthread_create(&t[i], 0, churn, (void *)i);
              for (int i = 0; i < 40; i++) {
                char name[4096];
                snprintf(name, sizeof name, "%s/libtls%d.so", argv[1], i);
                void *h = dlopen(name, RTLD_NOW);
                if (!h) { puts(dlerror()); return 1; }
                ((char *(*)(void))dlsym(h, "get"))()[999] = 1;
              }
              for (int i = 0; i < 100; i++) {
                pid_t child = fork();
                if (child == 0) {
                  for (int k = 1; k < 200; k++) free(malloc(k * 100));
                  _exit(0);
                }
                int status;
                if (waitpid(child, &status, 0) != child || status) return 2;
              }
              stop = 1;
              for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
              puts("ok");
              return 0;
            }
            """,
            "-pthread");
    runsUnderEach("ok\n", program.toString(), directory.toString());
    runsUnderEach("ok\n", java(LoadsLibraries.class.getName(), directory.toString()));
  }

  @Test
  void aRunningJvmLoadsWhatIsFitForDlopen() {
    for (Allocator allocator : all) {
      String library = allocator.library().orElseThrow().toString();
      if (allocator.dlopen().fit()) {
        Shell.Result result = Shell.run(Map.of(), java(LoadsOne.class.getName(), library));
        assertEquals(new Shell.Result(0, "ok\n"), result, allocator.qualifiedName());
      }
    }
  }

  @Test
  void runsPython() {
    Shell.needs("python3");
    String script = "print(len([bytes(i) for i in range(2000)]))";
    runsUnderEach("2000\n", "python3", "-c", script);
  }

  private static String[] java(String... arguments) {
    return Stream.concat(
            Stream.of(
                Shell.JAVA,
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path")),
            Stream.of(arguments))
        .toArray(String[]::new);
  }

  /** A JVM that loads forty libraries with TLS while its threads allocate. */
  static final class LoadsLibraries {
    private LoadsLibraries() {}

    @SuppressWarnings("restricted")
    public static void main(String[] arguments) throws Exception {
      for (int i = 0; i < 40; i++) {
        System.load(Path.of(arguments[0], "libtls" + i + ".so").toString());
        Thread thread = new Thread(() -> ByteBuffer.allocateDirect(1 << 16));
        thread.start();
        thread.join();
      }
      System.out.println("ok");
    }
  }

  /** A JVM that loads one library when it runs already. */
  static final class LoadsOne {
    private LoadsOne() {}

    @SuppressWarnings("restricted")
    public static void main(String[] arguments) {
      System.load(arguments[0]);
      System.out.println("ok");
    }
  }
}
