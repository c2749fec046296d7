package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onemalloc.cli.Onemalloc.Result;

/** Tests Java's default lookup of native functions under each allocator, on an unmodified JDK. */
@Tag("slow")
class ForeignLookupTest {
  private static final String PROGRAM =
      """
      import java.lang.foreign.*;
      import java.nio.file.*;
      void main() throws Throwable {
        Linker linker = Linker.nativeLinker();
        SymbolLookup lookup = linker.defaultLookup();
        var strdup = linker.downcallHandle(
            lookup.findOrThrow("strdup"), FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS));
        var free = linker.downcallHandle(
            lookup.findOrThrow("free"), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment text = arena.allocateFrom("x".repeat(2000));
          for (int i = 0; i < 1000; i++) {
            free.invoke((MemorySegment) strdup.invoke(text));
          }
        }
        long malloc = lookup.findOrThrow("malloc").address();
        for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
          String[] range = line.split("[- ]", 3);
          if (Long.compareUnsigned(Long.parseUnsignedLong(range[0], 16), malloc) <= 0
              && Long.compareUnsigned(malloc, Long.parseUnsignedLong(range[1], 16)) < 0) {
            IO.println(line.substring(line.indexOf('/')));
          }
        }
      }
      """;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "mimalloc, onemalloc-mimalloc",
    "mimalloc+tuned, onemalloc-mimalloc",
    "jemalloc@bundled, onemalloc-jemalloc"
  })
  void findsTheBundledAllocator(String allocator, String library) throws Exception {
    assertTrue(mallocUnder(allocator).contains(library));
  }

  @ParameterizedTest
  @CsvSource({
    "jemalloc@installed, libjemalloc.so.2",
    "tcmalloc, libtcmalloc_minimal.so.4",
    "mimalloc@installed, libmimalloc.so.2"
  })
  void findsTheInstalledAllocator(String allocator, String library) throws Exception {
    Tools.requireLibrary(allocator, library);
    assertTrue(mallocUnder(allocator).contains(library.substring(0, library.indexOf(".so"))));
  }

  @Test
  void findsTheSystemsMallocUnderTheSystem() throws Exception {
    assertTrue(mallocUnder("system").contains("libc.so.6"));
  }

  /** The system lookup of the incubator module opens the same library in the same way. */
  @Test
  void servesJdk17BehindAWrapper() throws Exception {
    Path java = Path.of("/usr/lib/jvm/java-17-openjdk-amd64/bin/java");
    assumeTrue(
        Files.exists(java.resolveSibling("javac")), "openjdk-17-jdk-headless is not installed");
    Path program =
        Files.writeString(
            folder.resolve("Old.java"),
            """
            import java.lang.invoke.MethodType;
            import jdk.incubator.foreign.*;
            public class Old {
              public static void main(String[] arguments) throws Throwable {
                CLinker linker = CLinker.getInstance();
                SymbolLookup lookup = CLinker.systemLookup();
                var strdup = linker.downcallHandle(
                    lookup.lookup("strdup").get(),
                    MethodType.methodType(MemoryAddress.class, MemoryAddress.class),
                    FunctionDescriptor.of(CLinker.C_POINTER, CLinker.C_POINTER));
                var free = linker.downcallHandle(
                    lookup.lookup("free").get(),
                    MethodType.methodType(void.class, MemoryAddress.class),
                    FunctionDescriptor.ofVoid(CLinker.C_POINTER));
                var text = CLinker.toCString("x", ResourceScope.globalScope());
                free.invoke((MemoryAddress) strdup.invoke(text.address()));
                System.out.println("ok");
              }
            }
            """);
    Result result =
        Onemalloc.run(
            "run",
            "--",
            "nice",
            java.toString(),
            "--add-modules=jdk.incubator.foreign",
            "--enable-native-access=ALL-UNNAMED",
            program.toString());
    assertEquals(0, result.exitCode(), result.err());
    assertEquals("ok\n", result.out());
  }

  /** With the flag, the JVM would take malloc and dlopen from libc, and strdup's blocks not. */
  @ParameterizedTest
  @CsvSource({"mimalloc", "jemalloc@bundled"})
  void servesAJvmThatIsOpenedWithDeepBinding(String allocator) throws Exception {
    List<String> words = new ArrayList<>(List.of("run", "-a", allocator, "--"));
    words.addAll(new Subjects(folder).host(Subjects.Subject.JVM, ""));
    words.add("deep");
    Result result = Onemalloc.run(words.toArray(String[]::new));
    assertEquals(0, result.exitCode(), result.err());
    String kind = allocator.replace("@bundled", "");
    assertTrue(result.out().matches("ok (\\S*" + kind + "\\S*) \\1\n"), result.out());
  }

  /** A block of libc's pvalloc is not the chosen allocator's, whose free would get it. */
  @ParameterizedTest
  @CsvSource({"mimalloc, true", "jemalloc@installed, false"})
  void findsNoFunctionThatTheAllocatorLacks(String allocator, boolean has) throws Exception {
    if (!has) {
      Tools.requireLibrary(allocator, "libjemalloc.so.2");
    }
    Path program =
        Files.writeString(
            folder.resolve("Lacks.java"),
            """
            import java.lang.foreign.Linker;
            void main() {
              var lookup = Linker.nativeLinker().defaultLookup();
              IO.println(lookup.find("pvalloc").isPresent() + " " + lookup.find("calloc").isPresent());
            }
            """);
    Result result =
        Onemalloc.run("run", "-a", allocator, "--", Onemalloc.java(), program.toString());
    assertEquals(0, result.exitCode(), result.err());
    assertEquals(has + " true\n", result.out());
  }

  private String mallocUnder(String allocator) throws Exception {
    Path program = Files.writeString(folder.resolve("Lookup.java"), PROGRAM);
    Result result =
        Onemalloc.run(
            "run",
            "-a",
            allocator,
            "--",
            Onemalloc.java(),
            "--enable-native-access=ALL-UNNAMED",
            program.toString());
    assertEquals(0, result.exitCode(), result.err());
    return result.out();
  }
}
