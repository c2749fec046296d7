package org.onemalloc.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A plain call through a binding is the rule and a jump: the compiler gives the functions of the
 * seam that programs call most no more stack than one that only jumps. A rare path that is inlined
 * gives its frame to every call.
 */
class PlainCallsTest {
  private static final List<String> HOT =
      List.of(
          "onemalloc_allocate",
          "onemalloc_allocate_zeroed",
          "onemalloc_reallocate",
          "onemalloc_deallocate");

  private static final Path BINDINGS = Workshop.HERE.resolve("bindings");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"host", "jemalloc", "mimalloc", "malloc"})
  void haveNoStackFrame(String binding) throws Exception {
    Workshop shop = new Workshop(folder);
    Files.copy(BINDINGS.resolve(binding + ".c"), shop.file("binding.c"));
    shop.write("jump.c", "void *malloc(unsigned long); void *jump(long n) { return malloc(n); }");
    String[] options = {
      "-std=gnu11", "-O2", "-fno-plt", "-fstack-usage", "-I", BINDINGS.toString()
    };
    shop.compile("binding", "binding.c", options);
    shop.compile("jump", "jump.c", options);

    String least = usages(shop.file("jump.su")).get("jump");
    Map<String, String> seen = usages(shop.file("binding.su"));
    for (String function : HOT) {
      assertEquals(least, seen.get(function), function);
    }
  }

  /** Returns the bytes of stack that each function takes, its return address included. */
  private static Map<String, String> usages(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .map(line -> line.substring(line.lastIndexOf(':') + 1).split("\t"))
        .collect(Collectors.toMap(fields -> fields[0], fields -> fields[1]));
  }
}
