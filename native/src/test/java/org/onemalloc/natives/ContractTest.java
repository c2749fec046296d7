package org.onemalloc.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every binding keeps the contract of the header, on every installed allocator. */
@Tag("slow")
class ContractTest {
  @TempDir Path folder;

  private static final String SANITIZE = "-fsanitize=undefined";

  private Path program(Workshop shop, String binding, String... more) throws Exception {
    Workshop.require("cc");
    List<String> words =
        List.of(
            "cc",
            "-O2",
            "-std=gnu11",
            "-Wall",
            "-Wextra",
            "-Werror",
            SANITIZE,
            "-fno-sanitize-recover",
            "-I",
            Workshop.HERE.resolve("include").toString(),
            Workshop.source("contract.c"),
            Workshop.HERE.resolve("bindings") + "/" + binding + ".c",
            "-o",
            binding);
    shop.succeed(Parts.with(words, more));
    return shop.file(binding);
  }

  @Test
  void theHostBindingOnEveryAllocator() throws Exception {
    Workshop shop = new Workshop(folder);
    String program = program(shop, "host").toString();
    assertKept("host malloc", shop.succeed(program));
    for (String library :
        List.of("libjemalloc.so.2", "libmimalloc.so.2", "libtcmalloc_minimal.so.4")) {
      String path = Workshop.installed(library, library).toString();
      String name = library.replaceAll("lib(\\w+)\\.so.*", "$1");
      String kept = shop.succeed(Map.of("LD_PRELOAD", path), program);
      assertKept("host " + (name.startsWith("tc") ? "malloc" : name), kept);
    }
  }

  @Test
  void theHostBindingAllocatesNothingWhileItLooksThingsUp() throws Exception {
    Workshop shop = new Workshop(folder);
    String bindings = Workshop.HERE.resolve("bindings").toString();
    shop.compile("lookup", "lookup.c", "-I", bindings, "-w");
    shop.succeed("cc", "-o", "lookup", "lookup.o");
    assertEquals("calls 0\n", shop.succeed(shop.file("lookup").toString()));
  }

  @Test
  void theDirectBindings() throws Exception {
    Workshop shop = new Workshop(folder);
    String jemalloc = Workshop.installed("libjemalloc.so.2", "libjemalloc2").toString();
    String mimalloc = Workshop.installed("libmimalloc.so.2", "libmimalloc2.0").toString();
    String tcmalloc =
        Workshop.installed("libtcmalloc_minimal.so.4", "libtcmalloc-minimal4").toString();
    assertKept("direct jemalloc", shop.succeed(program(shop, "jemalloc", jemalloc).toString()));
    assertKept("direct mimalloc", shop.succeed(program(shop, "mimalloc", mimalloc).toString()));
    assertKept("direct malloc", shop.succeed(program(shop, "malloc", tcmalloc).toString()));
  }

  /**
   * Another allocator is preloaded: it provides malloc, and the linked one provides the extended
   * calls.
   */
  @Test
  void theDirectBindingsOnAnotherHeapThanTheirOwn() throws Exception {
    Workshop shop = new Workshop(folder);
    Map<String, String> libraries =
        Map.of(
            "jemalloc", Workshop.installed("libjemalloc.so.2", "libjemalloc2").toString(),
            "mimalloc", Workshop.installed("libmimalloc.so.2", "libmimalloc2.0").toString(),
            "malloc",
                Workshop.installed("libtcmalloc_minimal.so.4", "libtcmalloc-minimal4").toString());
    for (String binding : libraries.keySet()) {
      String program = program(shop, binding, libraries.get(binding)).toString();
      for (String other : libraries.keySet()) {
        String kept = shop.succeed(Map.of("LD_PRELOAD", libraries.get(other)), program);
        assertKept("direct " + (other.equals(binding) ? binding : "malloc"), kept);
      }
    }
  }

  @Test
  void theHostBindingWithoutALoaderToAsk() throws Exception {
    Workshop shop = new Workshop(folder);
    String flags = "-fno-sanitize=all";
    String program =
        program(shop, "host", flags, "-static", "-w", "-Wl,--no-fatal-warnings").toString();
    assertKept("host malloc", shop.succeed(program));
  }

  private static void assertKept(String binding, String output) {
    assertTrue(output.contains("kept by " + binding), output);
  }
}
