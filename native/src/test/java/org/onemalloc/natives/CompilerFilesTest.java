package org.onemalloc.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A build system must not notice {@code link --kind auto}: the compiler makes the same files under
 * the same names, with the same dependencies in them, and ends with the same exit code. The oracle
 * is the compiler alone.
 */
@Tag("slow")
class CompilerFilesTest {
  private static final Map<String, String> SOURCES =
      Map.of(
          "a.c",
          "#include <stdlib.h>\n#include \"b.h\"\nint main(void) { free(malloc(3)); return 0; }\n",
          "b.h",
          "",
          "c.c",
          "int one(void) { return 1; }\n");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cc a.c",
        "cc a.c -MMD -o x",
        "cc a.c -MMD",
        "cc a.c c.c -MMD -MF dep.d -Wl,--dependency-file=x.dep -o x",
        "cc a.c -Xlinker --dependency-file -Xlinker x.dep -ox",
        "cc a.c --coverage -o x.out",
        "cc a.c c.c --coverage",
        "cc a.c --coverage -static",
        "cc a.c -g -gsplit-dwarf -o x",
        "cc a.c -save-temps -o x",
        "cc a.c -save-temps -flto -O2",
        "cc -x c a.c -shared -fPIC -fstack-usage -o x.so",
        "cc a.c --output x",
        "cc a.c -o x -Wl,-o,y",
        "cc a.c -Xlinker --output=y",
        "cc a.c -o",
        "cc a.c -L",
        "cc a.c -Xlinker",
        "cc a.c -Wl,--version",
        "cc missing.c -o x",
      })
  void areThoseOfTheCompilerAlone(String command) throws Exception {
    Workshop alone = shop("alone");
    Workshop linked = shop("linked");
    int expected = alone.run(command.split(" ", -1)).exitCode();
    Workshop.Result result =
        linked.link(
            Stream.concat(Stream.of("--kind", "auto", "--"), Stream.of(command.split(" ", -1)))
                .toArray(String[]::new));
    assertEquals(expected, result.exitCode(), result.all());
    assertEquals(files(alone.folder), files(linked.folder));
  }

  /** Clang removes the output of a step that fails. */
  @Test
  void theFileThatWasThereSurvivesACompilerThatRemovesIt() throws Exception {
    Workshop shop = shop("clang");
    String script =
        """
        #!/bin/sh
        case "$*" in *"-o x"*) rm -f x; exit 1 ;; esac
        exec cc "$@"
        """;
    Path compiler = shop.write("mycc", script);
    assertTrue(compiler.toFile().setExecutable(true));
    shop.write("x", "old");
    Workshop.Result result = shop.link("--kind", "auto", "--", compiler + "", "a.c", "-o", "x");
    assertEquals(1, result.exitCode(), result.all());
    assertEquals("old", Files.readString(shop.file("x")));
    assertEquals(
        List.of("a.c", "b.h", "c.c", "mycc", "x"), List.copyOf(files(shop.folder).keySet()));
  }

  private Workshop shop(String name) throws IOException {
    Workshop.require("cc");
    Workshop shop = new Workshop(Files.createDirectory(folder.resolve(name)));
    for (Map.Entry<String, String> source : SOURCES.entrySet()) {
      shop.write(source.getKey(), source.getValue());
    }
    return shop;
  }

  /** Returns the files by name; of dependencies the first line, without the linker's own files. */
  private static Map<String, String> files(Path folder) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        boolean rule = name.endsWith(".d") || name.endsWith(".dep");
        files.put(name, rule ? Files.readAllLines(file).getFirst() : "");
      }
    }
    return files;
  }
}
