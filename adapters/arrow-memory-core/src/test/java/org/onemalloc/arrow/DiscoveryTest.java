package org.onemalloc.arrow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.BufferLedger;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class DiscoveryTest {
  private static final String NAME =
      "org/apache/arrow/memory/DefaultAllocationManagerFactory.class";

  @TempDir Path directory;

  /** Run in a JVM of its own: Arrow chooses once. */
  static final class Default {
    public static void main(String[] arguments) {
      try (BufferAllocator root = new RootAllocator();
          ArrowBuf buffer = root.buffer(100)) {
        BufferLedger ledger = (BufferLedger) buffer.getReferenceManager();
        System.out.println("manager " + ledger.getAllocationManager().getClass().getName());
      }
    }
  }

  /** Surefire runs the tests twice, with the oldest version of the range and with the newest. */
  @Test
  void runsWithTheVersionThatIsMeant() {
    String jar = ArrowBuf.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    String name = "/arrow-memory-core-" + System.getProperty("tested.version") + ".jar";
    assertTrue(jar.endsWith(name), jar);
  }

  @Test
  void isTheDefaultBesideArrowsOwn() throws Exception {
    String text = java(System.getProperty("java.class.path"), List.of(), 0);
    assertTrue(text.contains("manager " + OnemallocAllocationManager.class.getName()), text);
  }

  @Test
  void isTheDefaultOutOfAJarOfItsName() throws Exception {
    Path jar = jar("onemalloc-arrow-memory-core-1.jar");
    String text = java(others() + File.pathSeparator + jar, List.of(), 0);
    assertTrue(text.contains("manager " + OnemallocAllocationManager.class.getName()), text);
  }

  @Test
  void givesWayToArrowsOwnProperty() throws Exception {
    String text =
        java(
            System.getProperty("java.class.path"),
            List.of("-Darrow.allocation.manager.type=Unsafe"),
            0);
    assertTrue(text.contains("manager org.apache.arrow.memory.unsafe."), text);
  }

  /** Arrow infers the class from the path: so the documentation says not to rename the jar. */
  @Test
  void isRefusedByArrowOutOfAJarOfAnotherName() throws Exception {
    String text = java(others() + File.pathSeparator + jar("whole-program.jar"), List.of(), 1);
    assertTrue(text.contains("Unknown allocation manager type to infer"), text);
  }

  private static String others() {
    List<String> others = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (!Files.exists(Path.of(entry, NAME))) {
        others.add(entry);
      }
    }
    return String.join(File.pathSeparator, others);
  }

  private Path jar(String name) throws Exception {
    Path jar = directory.resolve(name);
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
        var in = DiscoveryTest.class.getClassLoader().getResourceAsStream(NAME)) {
      out.putNextEntry(new JarEntry(NAME));
      in.transferTo(out);
    }
    return jar;
  }

  private static String java(String classPath, List<String> flags, int expected) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(List.of("-cp", classPath, Default.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(expected, process.waitFor(), text);
    return text;
  }
}
