package org.onemalloc.natives;

import static org.onemalloc.natives.Parts.assertAllFrom;
import static org.onemalloc.natives.Parts.assertBinding;
import static org.onemalloc.natives.Parts.with;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests which allocator the seam uses in each kind of artifact. The program itself reports the
 * owner of every block.
 */
@Tag("slow")
class ArtifactTableTest {
  private static final int C = 4;
  private static final int CPP = 2;
  private static final int RUST = 3;

  @TempDir Path folder;
  private Workshop shop;
  private String jemalloc;

  @BeforeEach
  void open() {
    shop = new Workshop(folder);
    jemalloc = Workshop.installed("libjemalloc.so.2", "libjemalloc2").toString();
  }

  private Map<String, String> preload() {
    return Map.of("LD_PRELOAD", jemalloc);
  }

  @Test
  void staticLibrariesOfCAndRustUseTheMallocOfTheCProgramThatTheyAreIn() throws Exception {
    Parts.cAndCpp(shop);
    shop.succeed("ar", "rcs", "libc-part.a", "part.o", "owner.o");
    shop.succeed(
        with(
            List.of("rustc"),
            with(
                shop.crate(),
                "--crate-type",
                "staticlib",
                "-o",
                "librust-part.a",
                Workshop.source("part.rs"))));
    shop.linked("--kind", "static", "libc-part.a");
    shop.linked("--kind", "static", "librust-part.a");
    shop.compile("main", "main.c");
    shop.succeed(
        "cc",
        "-o",
        "program",
        "main.o",
        "-Wl,-u,c_report,-u,rust_report",
        "librust-part.a",
        "libc-part.a",
        "-lpthread",
        "-ldl",
        "-lm");
    String plain = shop.succeed(shop.file("program").toString());
    assertAllFrom("libc", C + RUST, plain);
    assertBinding("host malloc, extended none", plain);
    String preloaded = shop.succeed(preload(), shop.file("program").toString());
    assertAllFrom("jemalloc", C + RUST, preloaded);
    assertBinding("host jemalloc, extended mallocx", preloaded);
  }

  @Test
  void aSharedLibraryOfCUsesTheMallocOfItsHost() throws Exception {
    linkSharedLibraryOfC("shared");
    assertHostDecides("c_report", C);
    assertHostDecides("cpp_report", CPP);
  }

  @Test
  void aSharedLibraryOfRustUsesTheMallocOfItsHost() throws Exception {
    shop.compile("owner", "owner.c", "-w");
    shop.linked(
        with(
            List.of("--kind", "shared", "--", "rustc"),
            with(
                shop.crate(),
                "--crate-type",
                "cdylib",
                "-o",
                "libpart.so",
                "-C",
                "link-arg=owner.o",
                Workshop.source("part.rs"))));
    assertHostDecides("rust_report", RUST);
  }

  private void linkSharedLibraryOfC(String kind) throws Exception {
    List<String> words =
        new ArrayList<>(List.of("--kind", kind, "--", "c++", "-shared", "-o", "libpart.so"));
    words.addAll(Parts.cAndCpp(shop));
    shop.linked(words.toArray(String[]::new));
  }

  /**
   * Asserts that the host decides: a C program and a JVM, each with glibc's malloc and with
   * jemalloc preloaded.
   */
  private void assertHostDecides(String function, int kinds) throws Exception {
    String library = shop.file("libpart.so").toString();
    shop.compile("host", "host.c");
    shop.succeed("cc", "-o", "host", "host.o");
    String host = shop.file("host").toString();
    assertAllFrom("libc", kinds, shop.succeed(host, library, function));
    assertAllFrom("jemalloc", kinds, shop.succeed(preload(), host, library, function));
    String[] jvm = {
      Workshop.java(),
      "-XX:TieredStopAtLevel=1",
      "--enable-native-access=ALL-UNNAMED",
      "-cp",
      Workshop.classPath(),
      Loads.class.getName(),
      library,
      function
    };
    assertAllFrom("libc", kinds, shop.succeed(jvm));
    assertAllFrom("jemalloc", kinds, shop.succeed(preload(), jvm));
  }

  @Test
  void anExecutableOfCHasOneAllocatorForCAndCppAndRust() throws Exception {
    List<String> parts = Parts.cAndCpp(shop);
    shop.succeed(
        with(
            List.of("rustc"),
            with(
                shop.crate(),
                "--crate-type",
                "staticlib",
                "-o",
                "librust-part.a",
                Workshop.source("part.rs"))));
    shop.compile("main", "main.c");
    for (String allocator : List.of("mimalloc", "jemalloc")) {
      List<String> words =
          new ArrayList<>(
              List.of(
                  "--kind", "executable", "-a", allocator, "--", "c++", "-o", "program", "main.o"));
      words.addAll(parts);
      words.addAll(List.of("-Wl,-u,rust_report", "librust-part.a", "-lpthread", "-ldl", "-lm"));
      shop.linked(words.toArray(String[]::new));
      String output = shop.succeed(shop.file("program").toString());
      assertAllFrom(allocator, C + CPP + RUST, output);
      assertBinding("direct " + allocator, output);
      shop.linked("--verify", "program");
      shop.succeed("rm", "-r", "program", "lib");
    }
  }

  @Test
  void anExecutableOfRustHasOneAllocatorForCAndCppAndRust() throws Exception {
    Parts.cAndCpp(shop);
    for (String allocator : List.of("mimalloc", "jemalloc")) {
      shop.linked(
          with(
              List.of("--kind", "executable", "-a", allocator, "--", "rustc"),
              with(
                  shop.crate(),
                  "-o",
                  "program",
                  "-C",
                  "link-args=part.o news.o owner.o -lstdc++",
                  Workshop.source("main.rs"))));
      String output = shop.succeed(shop.file("program").toString());
      assertAllFrom(allocator, C + CPP + RUST, output);
      assertBinding("direct " + allocator, output);
      shop.succeed("rm", "-r", "program", "lib");
    }
  }

  @Test
  void aFullyStaticExecutableCarriesItsAllocator() throws Exception {
    Workshop.installed("libjemalloc.a", "libjemalloc-dev");
    List<String> parts = Parts.cAndCpp(shop);
    shop.compile("main", "main.c");
    for (String how : List.of("-static", "-static-pie")) {
      List<String> words =
          new ArrayList<>(
              List.of(
                  "--kind",
                  "executable",
                  "-a",
                  "jemalloc",
                  "--",
                  "c++",
                  how,
                  "-o",
                  "program",
                  "main.o"));
      words.addAll(parts);
      shop.linked(words.toArray(String[]::new));
      String output = shop.succeed(shop.file("program").toString());
      assertAllFrom("jemalloc", C + CPP, output);
      assertBinding("direct jemalloc", output);
    }
  }

  @Test
  void aLibraryThatAnExecutableOpensLaterUsesItsAllocator() throws Exception {
    linkSharedLibraryOfC("auto");
    shop.compile("host", "host.c");
    shop.linked("--kind", "auto", "-a", "jemalloc", "--", "cc", "-o", "host", "host.o");
    String library = shop.file("libpart.so").toString();
    String output = shop.succeed(shop.file("host").toString(), library, "c_report");
    assertAllFrom("jemalloc", C, output);
    assertBinding("host jemalloc, extended mallocx", output);
  }
}
