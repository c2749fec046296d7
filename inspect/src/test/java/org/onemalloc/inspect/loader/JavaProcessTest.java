package org.onemalloc.inspect.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.allocators.JavaImage;

/** A JVM that really runs, with jemalloc preloaded, binds as was said before. */
class JavaProcessTest {
  private static final Path JEMALLOC = Path.of("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2");
  private static final Path HOME = Path.of(System.getProperty("java.home"));

  @TempDir Path folder;

  @Test
  void aJvmBindsAndLooksUpAsPredicted() throws Exception {
    assumeTrue(Files.exists(JEMALLOC), "why: jemalloc is not installed");
    Map<String, String> environment = new HashMap<>();
    environment.put("LD_PRELOAD", JEMALLOC.toString());
    JavaImage image = JavaImage.at(HOME).orElseThrow();
    Namespace process =
        JavaProcess.start(image, DynamicLoader.ofThisMachine(), List.of(), environment);
    List<String> lookups = new ArrayList<>();
    for (String symbol : List.of("malloc", "strdup")) {
      lookups.add(name(JavaProcess.defaultLookup(process, symbol).orElseThrow()));
      lookups.add(name(JavaProcess.libraryLookup(process, "libc.so.6", symbol).orElseThrow()));
      assertEquals(
          symbol.equals("malloc") ? JEMALLOC.toString() : lookups.getLast(),
          name(JavaProcess.jnaLookup(process, "c", symbol).orElseThrow()));
    }
    Set<String> predicted = new HashSet<>();
    for (Binding binding : process.bindings()) {
      binding.provider().ifPresent(to -> predicted.add(line(binding, to)));
    }

    assertEquals(lookups, run(environment));

    Set<String> names = new HashSet<>();
    process.objects().forEach(object -> names.add(object.name()));
    Set<String> unforeseen = new TreeSet<>();
    int bindings = 0;
    for (String each : Files.readAllLines(folder.resolve("loader"))) {
      LdSoLine said = LdSoLine.parse(each).orElse(null);
      if (said != null && !isLookup(said)) {
        bindings++;
        String line = said.from() + " " + said.symbol() + " " + said.version() + " " + said.to();
        if (!predicted.contains(line)) {
          unforeseen.add(line);
        }
      }
    }
    assertEquals(Set.of(), unforeseen);
    assertTrue(bindings > 1000, "the loader spoke");
    assertTrue(names.contains(image.jvm().toString()), names::toString);
  }

  /**
   * By name, without a version: the JVM's lookups of JNI functions and hooks, and the loader's own
   * of the kernel's functions and of malloc.
   */
  private static boolean isLookup(LdSoLine said) {
    return (said.version().isEmpty() && !said.from().contains("jemalloc"))
        || said.from().contains("/ld-linux")
        || said.from().startsWith("linux-vdso")
        || (said.from().endsWith("/bin/java") && said.to().equals(JEMALLOC.toString()));
  }

  private static String line(Binding binding, Definition to) {
    Reference reference = binding.reference();
    return "%s %s %s %s"
        .formatted(binding.from().name(), reference.symbol(), reference.version(), name(to));
  }

  private static String name(Definition definition) {
    return definition.object().name();
  }

  private List<String> run(Map<String, String> environment) throws Exception {
    Path classes =
        Path.of(LooksFunctionsUp.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> command = new ArrayList<>();
    command.add(HOME.resolve("bin/java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", classes.toString()));
    command.addAll(List.of(LooksFunctionsUp.class.getName(), "malloc", "strdup"));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("LD_DEBUG", "bindings");
    builder.environment().put("LD_BIND_NOW", "1");
    builder.redirectError(folder.resolve("loader").toFile());
    builder.redirectOutput(folder.resolve("output").toFile());
    assertEquals(0, builder.start().waitFor());
    return Files.readAllLines(folder.resolve("output"));
  }

  @Test
  void aDirectoryWithoutAJvmIsNone() throws IOException {
    assertTrue(JavaImage.at(folder).isEmpty());
    assertTrue(JavaImage.at(HOME).isPresent());
    assertFalse(JavaImage.at(HOME).orElseThrow().libraries().isEmpty());
  }
}
