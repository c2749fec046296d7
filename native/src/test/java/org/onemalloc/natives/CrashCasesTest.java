package org.onemalloc.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Builds and runs the two cases that crash: a shared library with a jemalloc of its own whose
 * malloc the host overrides, and a shared library whose malloc differs from the host's.
 */
@Tag("slow")
class CrashCasesTest {
  @TempDir Path folder;
  private Workshop shop;

  @BeforeEach
  void make() throws Exception {
    shop = new Workshop(folder);
    Workshop.require("cc", "c++");
    shop.compile("host", "host.c");
    shop.succeed("cc", "-o", "host", "host.o");
  }

  private String jemallocArchive() {
    return Workshop.installed("libjemalloc_pic.a", "libjemalloc-dev").toString();
  }

  private Workshop.Result host(Map<String, String> environment, String library, String... more)
      throws Exception {
    String[] command = {shop.file("host").toString(), shop.file(library).toString(), "go"};
    Map<String, String> all = new HashMap<>(environment);
    // Debian's jemalloc needs more static TLS than is reserved for libraries that are opened later
    all.put("GLIBC_TUNABLES", "glibc.rtld.optional_static_tls=16384");
    return shop.run(all, Parts.with(List.of(command), more));
  }

  private void linkNaiveWithItsOwnJemalloc() throws Exception {
    shop.succeed(
        "c++",
        "-shared",
        "-o",
        "libnaive.so",
        "naive.o",
        "-Wl,--whole-archive",
        jemallocArchive(),
        "-Wl,--no-whole-archive",
        "-lm",
        "-lpthread");
  }

  /**
   * Asserts that a signal ended the program: a shell reports 128 plus its number, so 134 is SIGABRT
   * and 139 is SIGSEGV.
   */
  private static void assertCrashed(Workshop.Result result) {
    assertTrue(result.exitCode() == 134 || result.exitCode() == 139, result.toString());
  }

  private static void assertWorked(Workshop.Result result) {
    assertEquals(0, result.exitCode(), result.toString());
    assertTrue(result.out().contains("done"), result.toString());
  }

  @Test
  void extendedCallsOfALibrarysOwnJemallocMixedWithTheHostsFreeCrash() throws Exception {
    shop.write(
        "naive.c",
        """
        #include <stdlib.h>
        extern void *mallocx(size_t, int);
        void go(void) {
          for (int i = 0; i < 100; i++) free(mallocx(64 + i, 0));
        }
        """);
    shop.compile("naive", "naive.c");
    linkNaiveWithItsOwnJemalloc();
    assertCrashed(host(Map.of(), "libnaive.so"));
  }

  /** The weak references of the seam find mallocx in the jemalloc that the library carries. */
  @Test
  void theSeamUsesNoExtendedCallsOfAnotherAllocatorThanTheHosts() throws Exception {
    shop.write(
        "ours.c",
        """
        #include "onemalloc.h"
        #include <stdio.h>
        #include <stdlib.h>
        extern void *mallocx(size_t, int);
        void go(void) {
          void *theirs = mallocx(64, 0);
          for (int i = 0; i < 100; i++) {
            free(onemalloc_allocate(64 + i, 16));
            onemalloc_deallocate(malloc(64 + i), 64 + i, 1);
          }
          struct onemalloc_statistics s;
          onemalloc_statistics(&s);
          printf("%s: %s %p\\n", s.allocator, s.extended, theirs);
        }
        """);
    shop.compile("ours", "ours.c");
    shop.linked(
        "--kind",
        "auto", // shared refuses a library that carries an allocator, and auto only warns
        "--",
        "c++",
        "-shared",
        "-o",
        "libours.so",
        "ours.o",
        "-Wl,--whole-archive",
        jemallocArchive(),
        "-Wl,--no-whole-archive",
        "-lm",
        "-lpthread");
    Workshop.Result result = host(Map.of(), "libours.so");
    assertWorked(result);
    assertTrue(
        result.out().contains("malloc: none: there are some, but of another object"), result.out());
  }

  private static final String STRDUP =
      """
      #define _GNU_SOURCE
      #include <stdlib.h>
      #include <string.h>
      void go(void) {
        for (int i = 0; i < 100; i++) free(strdup("a text that goes across the border"));
      }
      """;

  private static final String STRDUP_THROUGH_SEAM =
      """
      #define _GNU_SOURCE
      #include "onemalloc.h"
      #include <stdio.h>
      #include <string.h>
      void go(void) {
        for (int i = 0; i < 100; i++) {
          char *text = strdup("a text that goes across the border");
          onemalloc_deallocate(text, strlen(text) + 1, 1);
          onemalloc_deallocate(onemalloc_allocate(100, 64), 100, 64);
        }
        struct onemalloc_statistics s;
        onemalloc_statistics(&s);
        printf("%s: %s\\n", s.allocator, s.extended);
      }
      """;

  @Test
  void aLibraryWithItsOwnMallocOpenedDeeplyCrashesOnAStringOfLibcs() throws Exception {
    shop.write("naive.c", STRDUP);
    shop.compile("naive", "naive.c");
    linkNaiveWithItsOwnJemalloc();
    assertCrashed(host(Map.of(), "libnaive.so", "0", "deepbind"));
  }

  /**
   * The library carries no allocator: the host uses jemalloc, and the library calls libc's free.
   */
  @Test
  void aLibraryOpenedDeeplyCrashesOnAStringOfItsHostsAllocator() throws Exception {
    String jemalloc = Workshop.installed("libjemalloc.so.2", "libjemalloc2").toString();
    shop.write("naive.c", STRDUP);
    shop.compile("naive", "naive.c");
    shop.succeed("cc", "-shared", "-o", "libnaive.so", "naive.o");
    assertWorked(host(Map.of("LD_PRELOAD", jemalloc), "libnaive.so", "0"));
    assertCrashed(host(Map.of("LD_PRELOAD", jemalloc), "libnaive.so", "0", "deepbind"));
  }

  @Test
  void theSeamOpenedDeeplyUsesTheHostsAllocator() throws Exception {
    String jemalloc = Workshop.installed("libjemalloc.so.2", "libjemalloc2").toString();
    shop.write("ours.c", STRDUP_THROUGH_SEAM);
    shop.compile("ours", "ours.c");
    shop.linked("--kind", "shared", "--", "cc", "-shared", "-o", "libours.so", "ours.o");
    assertWorked(host(Map.of(), "libours.so", "0", "deepbind"));
    Workshop.Result result = host(Map.of("LD_PRELOAD", jemalloc), "libours.so", "0", "deepbind");
    assertWorked(result);
    assertTrue(result.out().contains("jemalloc: mallocx"), result.out());
  }
}
