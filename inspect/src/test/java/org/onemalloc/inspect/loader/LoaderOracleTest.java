package org.onemalloc.inspect.loader;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * Every binding of every program of this machine and of this JDK, against what the real loader says
 * it binds: as they are, and with each of three allocators preloaded. The whole takes minutes and
 * needs -Dnightly; without it one program in a hundred, and those that are known to be peculiar.
 */
@Tag("slow")
class LoaderOracleTest {
  private static final String LIBRARIES = "/usr/lib/x86_64-linux-gnu/";
  private static final List<String> CONDITIONS =
      List.of(
          "",
          LIBRARIES + "libjemalloc.so.2",
          LIBRARIES + "libmimalloc.so.2",
          LIBRARIES + "libtcmalloc_minimal.so.4");
  private static final Set<String> FAMILY =
      Set.of(
          "malloc",
          "free",
          "calloc",
          "realloc",
          "memalign",
          "aligned_alloc",
          "posix_memalign",
          "valloc",
          "pvalloc",
          "malloc_usable_size",
          "reallocarray",
          "cfree",
          "strdup");
  private static final int ONE_IN = System.getProperty("nightly") == null ? 100 : 1;

  /** Fixed-address programs with PLT entries for malloc, their own operators, many libraries. */
  private static final Set<String> PECULIAR = Set.of("python3.11", "lto-dump-12", "groff", "java");

  private final DynamicLoader loader = DynamicLoader.ofThisMachine();
  private final List<String> differences = new ArrayList<>();

  /** What was compared: sets of providers for each module, symbol and version. */
  private static final class Tally {
    int programs;
    int bindings;
    int equal;
    int wrong;
    int missing;
    int extra;
    int beyondLibc;
    int beyondLibcEqual;

    void add(Set<String> actual, Set<String> predicted) {
      bindings++;
      boolean same = actual.equals(predicted);
      equal += same ? 1 : 0;
      missing += predicted.isEmpty() ? 1 : 0;
      extra += actual.isEmpty() ? 1 : 0;
      wrong += !same && !predicted.isEmpty() && !actual.isEmpty() ? 1 : 0;
      if (actual.stream().anyMatch(name -> !name.endsWith("/libc.so.6"))) {
        beyondLibc++;
        beyondLibcEqual += same ? 1 : 0;
      }
    }

    @Override
    public String toString() {
      return "%d of %d equal, %d wrong, %d missing, %d extra; not libc's: %d of %d equal"
          .formatted(equal, bindings, wrong, missing, extra, beyondLibcEqual, beyondLibc);
    }
  }

  @Test
  void bindsAsTheRealLoaderDoes() throws Exception {
    assumeTrue(Files.exists(Path.of("/lib64/ld-linux-x86-64.so.2")), "why: no x86-64 glibc here");
    List<Path> programs = programs();
    Tally all = new Tally();
    Tally family = new Tally();
    for (String preload : CONDITIONS) {
      if (preload.isEmpty() || Files.exists(Path.of(preload))) {
        Tally each = new Tally();
        Tally eachFamily = new Tally();
        for (Path program : programs) {
          compare(program, preload, List.of(all, each), List.of(family, eachFamily));
        }
        System.out.printf(
            "%s: %d programs%n  all     %s%n  family  %s%n",
            preload.isEmpty() ? "as they are" : preload, each.programs, each, eachFamily);
      }
    }
    System.out.printf("together%n  all     %s%n  family  %s%n", all, family);
    differences.stream().limit(50).forEach(System.out::println);
    assertAll(
        () -> assertTrue(all.bindings > 1000, "the loader was asked"),
        () -> assertEquals(family.bindings, family.equal, "the allocation family"),
        () -> assertTrue(all.equal >= 0.9999 * all.bindings, all::toString));
  }

  private List<Path> programs() throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path folder : List.of(Path.of("/usr/bin"), Path.of("/usr/sbin"))) {
      try (Stream<Path> files = Files.list(folder)) {
        files.sorted().filter(this::isAskable).forEach(found::add);
      }
    }
    try (Stream<Path> files = Files.walk(Path.of(System.getProperty("java.home")))) {
      files.sorted().filter(this::isAskable).forEach(found::add);
    }
    List<Path> chosen = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      if (i % ONE_IN == 0 || PECULIAR.contains(found.get(i).getFileName().toString())) {
        chosen.add(found.get(i));
      }
    }
    return chosen;
  }

  /** A dynamically linked program that runs with the rights of who asks. */
  private boolean isAskable(Path path) {
    try {
      if (Files.isSymbolicLink(path) || !Files.isRegularFile(path) || !Files.isExecutable(path)) {
        return false;
      }
      byte[] start = new byte[4];
      try (var in = Files.newInputStream(path)) {
        in.readNBytes(start, 0, 4);
      }
      if (start[1] != 'E' || start[2] != 'L') {
        return false;
      }
      ElfFile file = loader.file(path);
      return file.isDynamic()
          && file.interpreter().isPresent()
          && ((int) Files.getAttribute(path, "unix:mode") & 06000) == 0;
    } catch (IOException | ObjectFileException e) {
      return false;
    }
  }

  private void compare(Path program, String preload, List<Tally> all, List<Tally> family)
      throws IOException {
    Map<String, String> environment = new HashMap<>();
    if (!preload.isEmpty()) {
      environment.put("LD_PRELOAD", preload);
    }
    Map<String, Set<String>> predicted = predict(program, environment);
    Map<String, Set<String>> actual = ask(program, environment);
    if (actual.isEmpty()) {
      differences.add("nothing was said of " + program);
    }
    all.forEach(tally -> tally.programs++);
    Set<String> keys = new HashSet<>(actual.keySet());
    keys.addAll(predicted.keySet());
    for (String key : keys) {
      Set<String> is = actual.getOrDefault(key, Set.of());
      Set<String> said = predicted.getOrDefault(key, Set.of());
      all.forEach(tally -> tally.add(is, said));
      if (isFamily(key.substring(key.indexOf('\0') + 1, key.lastIndexOf('\0')))) {
        family.forEach(tally -> tally.add(is, said));
      }
      if (!is.equals(said)) {
        differences.add(
            program
                + " "
                + preload
                + ": "
                + key.replace('\0', ' ')
                + " is "
                + is
                + ", said "
                + said);
      }
    }
  }

  private static boolean isFamily(String symbol) {
    return FAMILY.contains(symbol) || symbol.startsWith("_Zn") || symbol.startsWith("_Zd");
  }

  private Map<String, Set<String>> predict(Path program, Map<String, String> environment)
      throws IOException {
    Map<String, Set<String>> predicted = new HashMap<>();
    for (Binding binding : loader.start(program, environment).bindings()) {
      Reference reference = binding.reference();
      String key = binding.from().name() + '\0' + reference.symbol() + '\0' + reference.version();
      binding
          .provider()
          .ifPresent(
              to -> predicted.computeIfAbsent(key, k -> new TreeSet<>()).add(to.object().name()));
    }
    return predicted;
  }

  /** What ldd -r does, with the bindings; the program does not run. */
  private static Map<String, Set<String>> ask(Path program, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(program.toString());
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("LD_TRACE_LOADED_OBJECTS", "1");
    builder.environment().put("LD_WARN", "yes");
    builder.environment().put("LD_BIND_NOW", "yes");
    builder.environment().put("LD_DEBUG", "bindings");
    builder.redirectInput(new File("/dev/null")).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    Map<String, Set<String>> actual = new HashMap<>();
    try (BufferedReader lines = process.errorReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        LdSoLine.parse(line)
            .filter(b -> !b.from().equals("linux-vdso.so.1"))
            .ifPresent(
                b ->
                    actual
                        .computeIfAbsent(
                            b.from() + '\0' + b.symbol() + '\0' + b.version(), k -> new TreeSet<>())
                        .add(b.to()));
      }
    }
    return actual;
  }
}
