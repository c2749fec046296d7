package org.onemalloc.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests a linked program that opens a JVM which is not linked. */
@Tag("slow")
class OpenedJvmTest {
  private static final Path JDK = Path.of(System.getProperty("java.home"));

  @TempDir Path directory;

  private Path host() throws Exception {
    assumeTrue(Files.exists(JDK.resolve("include/jni.h")), "this JDK has no jni.h");
    Path bin = Files.createDirectories(directory.toRealPath().resolve("bin"));
    Path source = directory.resolve("F.java");
    Files.writeString(
        source,
        """
        import java.lang.foreign.*;
        public class F {
          public static void main(String[] words) throws Throwable {
            var linker = Linker.nativeLinker();
            var lookup = linker.defaultLookup();
            var duplicate = linker.downcallHandle(
                lookup.find("strdup").get(), FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS));
            var free = linker.downcallHandle(
                lookup.find("free").get(), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
            free.invoke((MemorySegment) duplicate.invoke(Arena.global().allocateFrom("x".repeat(2000))));
            System.out.println("ok, pvalloc " + lookup.find("pvalloc").isPresent());
          }
        }
        """);
    Tools.succeed(JDK + "/bin/javac", "-d", directory.toString(), source.toString());
    String include = "-I" + JDK.resolve("include");
    return Tools.compile(bin, "host", "emb.c", include, include + "/linux", "-ldl");
  }

  private Tools.Result start(Path host) throws Exception {
    return Tools.run(
        Map.of(),
        List.of(host.toString(), JDK + "/lib/server/libjvm.so", directory.toRealPath().toString()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mimalloc", "jemalloc@bundled"})
  void findsTheLinkedAllocator(String allocator) throws Exception {
    Path host = host();
    assertEquals("ok, pvalloc true\n", start(host).output());
    Link.link(host, Tools.choice(allocator), "test", false);
    assertEquals("ok, pvalloc true\n", start(host).output());
    Link.verify(host);
    Path moved = directory.toRealPath().resolve("moved");
    Files.createDirectory(moved);
    for (String part : new String[] {"bin", "lib"}) {
      Files.move(directory.resolve(part), moved.resolve(part));
    }
    host = moved.resolve("bin/host");
    assertEquals("ok, pvalloc true\n", start(host).output());
    Files.delete(moved.resolve("lib/onemalloc/libonemalloc-lookup.so"));
    Path linked = host;
    LinkException failure = assertThrows(LinkException.class, () -> Link.verify(linked));
    assertTrue(failure.getMessage().contains("libonemalloc-lookup.so is not there"));
  }

  /** Debian's jemalloc 5.3.0 has no pvalloc, and libc's must not be found in its place. */
  @Test
  void findsNoFunctionThatTheAllocatorLacks() throws Exception {
    assumeTrue(
        Files.exists(Path.of("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2")),
        "libjemalloc2 is not installed");
    Path host = host();
    Link.link(host, Tools.choice("jemalloc@installed"), "test", false);
    assertEquals("ok, pvalloc false\n", start(host).output());
  }

  /** Programs with different allocators share the two libraries beside these. */
  @Test
  void sharesItsLibrariesWithOtherPrograms() throws Exception {
    Path host = host();
    Path other = Files.copy(host, host.resolveSibling("other"));
    Link.link(host, Tools.choice("mimalloc"), "test", false);
    Link.link(other, Tools.choice("jemalloc@bundled"), "test", false);
    Link.undo(host, false);
    assertEquals("ok, pvalloc true\n", start(other).output());
    Link.undo(other, false);
    assertTrue(Files.notExists(directory.resolve("lib")));
  }
}
