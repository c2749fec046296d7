package org.onemalloc.natives;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same shared library uses sized frees if its host runs jemalloc, and plain frees if the host
 * runs glibc. The calls are counted by a jemalloc with counting versions of free and sdallocx.
 */
@Tag("slow")
class SizedFreeTest {
  private static final Pattern CALLS = Pattern.compile("calls: free (\\d+) sdallocx (\\d+)");
  private static final String COUNT = "1000";

  @TempDir Path folder;
  private Workshop shop;
  private String library;
  private String counting;

  @BeforeEach
  void make() throws Exception {
    shop = new Workshop(folder);
    Workshop.require("cc", "c++", "objcopy");
    Path archive = Workshop.installed("libjemalloc_pic.a", "libjemalloc-dev");
    shop.compile("part", "part.c");
    shop.compile("owner", "owner.c", "-w");
    shop.linked("--kind", "shared", "--", "cc", "-shared", "-o", "libpart.so", "part.o", "owner.o");
    library = shop.file("libpart.so").toString();
    shop.compile("host", "host.c");
    shop.succeed("cc", "-o", "host", "host.o");
    shop.succeed(
        "objcopy",
        "--redefine-sym",
        "malloc=real_malloc",
        "--redefine-sym",
        "free=real_free",
        "--redefine-sym",
        "sdallocx=real_sdallocx",
        archive.toString(),
        "renamed.a");
    shop.compile("counting", "counting.c");
    shop.succeed(
        "c++",
        "-shared",
        "-o",
        "libcounting.so",
        "counting.o",
        "-Wl,--whole-archive",
        "renamed.a",
        "-Wl,--no-whole-archive",
        "-lm",
        "-lpthread");
    counting = shop.file("libcounting.so").toString();
  }

  private record Calls(long free, long sized) {
    static Calls in(String output) {
      Matcher matcher = CALLS.matcher(output);
      assertTrue(matcher.find(), output);
      return new Calls(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
    }
  }

  @Test
  void underPreloadEveryFreeOfTheLibraryIsSized() throws Exception {
    String[] command = {shop.file("host").toString(), library, "c_work", COUNT};
    Calls with = Calls.in(shop.succeed(Map.of("LD_PRELOAD", counting), command));
    assertEquals(1000, with.sized());
  }

  @Test
  void underALinkedExecutableEveryFreeOfTheLibraryIsSized() throws Exception {
    byte[] before = Files.readAllBytes(Path.of(library));
    shop.linked("--kind", "executable", "-a", counting, "--", "cc", "-o", "built", "host.o");
    Calls built = Calls.in(shop.succeed(shop.file("built").toString(), library, "c_work", COUNT));
    assertEquals(1000, built.sized());
    shop.succeed("cp", "host", "edited");
    shop.linked("edited", "-a", counting);
    Calls edited = Calls.in(shop.succeed(shop.file("edited").toString(), library, "c_work", COUNT));
    assertEquals(1000, edited.sized());
    assertArrayEquals(before, Files.readAllBytes(Path.of(library)));
  }

  @Test
  void insideALinkedJvmEveryFreeOfTheLibraryIsSized() throws Exception {
    Path jlink = Path.of(System.getProperty("java.home"), "bin", "jlink");
    shop.succeed(
        jlink.toString(),
        "--add-modules",
        "java.base",
        "--strip-java-debug-attributes",
        "--output",
        "image");
    shop.linked("image", "-a", counting);
    String classes = Workshop.HERE.resolve("target/test-classes").toString();
    String output =
        shop.succeed(
            shop.file("image/bin/java").toString(),
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            classes,
            Loads.class.getName(),
            library,
            "c_work",
            COUNT);
    assertEquals(1000, Calls.in(output).sized());
  }

  /** glibc has no sized free to count, so the test checks that free is called as often. */
  @Test
  void underGlibcEveryFreeOfTheLibraryIsPlain() throws Exception {
    shop.write(
        "plain.c",
        """
        #include <stddef.h>
        #include <stdio.h>
        #include <stdlib.h>
        extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
        extern void *__libc_memalign(size_t, size_t);
        extern void __libc_free(void *);
        static long frees;
        void *malloc(size_t n) { return __libc_malloc(n); }
        void *calloc(size_t n, size_t m) { return __libc_calloc(n, m); }
        void *realloc(void *p, size_t n) { return __libc_realloc(p, n); }
        int posix_memalign(void **p, size_t a, size_t n) { return (*p = __libc_memalign(a, n)) == NULL; }
        void free(void *p) { frees += p != NULL; __libc_free(p); }
        __attribute__((destructor)) static void tell(void) {
          fprintf(stderr, "calls: free %ld sdallocx 0\\n", frees);
        }
        """);
    shop.compile("plain", "plain.c");
    shop.succeed("cc", "-shared", "-o", "libplain.so", "plain.o");
    Map<String, String> preload = Map.of("LD_PRELOAD", shop.file("libplain.so").toString());
    String host = shop.file("host").toString();
    long none = Calls.in(shop.succeed(preload, host, library, "c_work", "0")).free();
    long all = Calls.in(shop.succeed(preload, host, library, "c_work", COUNT)).free();
    assertEquals(1000, all - none);
    assertTrue(shop.succeed(host, library, "c_report").contains("extended none"));
  }
}
