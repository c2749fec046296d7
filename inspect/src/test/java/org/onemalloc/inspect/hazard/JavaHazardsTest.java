package org.onemalloc.inspect.hazard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.inspect.hazard.Workshop.End;
import org.onemalloc.inspect.hazard.program.FreesThroughDefaultLookup;
import org.onemalloc.inspect.hazard.program.FreesThroughProcess;
import org.onemalloc.inspect.hazard.program.TrimsWhatIsFree;
import org.onemalloc.inspect.loader.Namespace;
import org.onemalloc.inspect.loader.OpenFlag;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.NeededLibraries;
import org.onemalloc.objectfile.elf.StubObject;

/** What a replaced malloc does to Java programs and to the JDK itself, in real JVMs. */
@Tag("slow")
class JavaHazardsTest {
  private static final String FONTS = "lib/libfontmanager.so";
  private static final String LOOKUP = "lib/libsyslookup.so";
  private static final Path FONT = Path.of("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf");

  @TempDir Path folder;
  private Workshop shop;

  @BeforeEach
  void open() {
    shop = new Workshop(folder);
  }

  private static List<Object> java(Path home, Class<?> program, Object... options) {
    List<Object> command = launcher(home, options);
    command.add("-cp");
    command.add(Path.of(program.getProtectionDomain().getCodeSource().getLocation().getPath()));
    command.add(program.getName());
    return command;
  }

  private static List<Object> fonts(Path home) {
    List<Object> command =
        launcher(home, "-Djava.awt.headless=true", "--add-opens=java.desktop/sun.font=ALL-UNNAMED");
    command.add(Path.of("src/test/programs/DisposesOfAFont.java").toAbsolutePath());
    command.add(FONT);
    return command;
  }

  private static List<Object> launcher(Path home, Object... options) {
    List<Object> command = new ArrayList<>(List.of(home.resolve("bin/java"), "-Xmx128m"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:-CreateCoredumpOnCrash"));
    command.add("-XX:ErrorFile=/dev/null");
    command.addAll(List.of(options));
    return command;
  }

  private End preloading(String libraries, List<Object> command) throws Exception {
    return shop.preloading(libraries, command.toArray());
  }

  /** What a JVM opens when it starts, and then these. */
  private List<Hazard> judge(Path home, List<Path> preloads, String... opened) throws Exception {
    return judge(home, preloads, List.of(), opened);
  }

  private List<Hazard> judge(Path home, List<Path> preloads, List<String> words, String... opened)
      throws Exception {
    Namespace namespace =
        shop.start(
            home.resolve("bin/java"), preloads.stream().map(Path::toString).toArray(String[]::new));
    namespace.dlopen(home.resolve("lib/server/libjvm.so"), OpenFlag.GLOBAL);
    for (String library : opened) {
      assertTrue(namespace.dlopen(home.resolve(library)).isPresent(), library);
    }
    return Hazards.of(
        new Subject(Parts.of(namespace), false, words, Map.of(), OptionalLong.of(4096), List.of()));
  }

  private static List<String> dangers(List<Hazard> hazards) {
    return Workshop.ids(hazards.stream().filter(h -> h.severity() == Severity.DANGER).toList());
  }

  /** Crash case 2 of 2014, as it is met today. */
  @Test
  void defaultLookupsFreeIsNotThePreloadedOne() throws Exception {
    for (String name :
        List.of("libjemalloc.so.2", "libmimalloc.so.2", "libtcmalloc_minimal.so.4")) {
      Path library = Workshop.installed(name);
      End end =
          preloading(library.toString(), java(Workshop.JAVA_HOME, FreesThroughDefaultLookup.class));
      assertFalse(end.survived(), name + ": " + end.output());
      assertTrue(end.crashed() || end.output().contains("SIGSEGV"), name + ": " + end.output());
    }
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    assertEquals(
        List.of("ffm-default-lookup"),
        dangers(judge(Workshop.JAVA_HOME, List.of(jemalloc), LOOKUP)));
  }

  @Test
  void processesFreeIsThePreloadedOne() throws Exception {
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    assertTrue(
        preloading(jemalloc.toString(), java(Workshop.JAVA_HOME, FreesThroughProcess.class))
            .survived());
  }

  @Test
  void defaultLookupIsRepairedByAnObjectThatStandsInForIt() throws Exception {
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    Path lookup = Workshop.JAVA_HOME.resolve(LOOKUP);
    ElfFile original = ElfFile.read(lookup);
    List<String> needed = new ArrayList<>(List.of(jemalloc.toString()));
    needed.addAll(original.needed());
    Path stub =
        Files.write(
            folder.resolve("stub.so"), StubObject.create(original, lookup.toString(), needed));
    assertTrue(
        preloading(jemalloc + ":" + stub, java(Workshop.JAVA_HOME, FreesThroughDefaultLookup.class))
            .survived());
    assertEquals(List.of(), dangers(judge(Workshop.JAVA_HOME, List.of(jemalloc, stub), LOOKUP)));
  }

  @Test
  void jdkAsItIsHasNoDanger() throws Exception {
    List<Hazard> hazards = judge(Workshop.JAVA_HOME, List.of(), LOOKUP, FONTS);
    assertEquals(List.of(), dangers(hazards));
    assertTrue(
        preloading("", java(Workshop.JAVA_HOME, FreesThroughDefaultLookup.class)).survived());
  }

  @Test
  void jdksFontsAreFreedInAnotherHeapThanTheyCameFrom() throws Exception {
    assumeTrue(Files.exists(FONT), "why: fonts-dejavu-core is not installed");
    assumeTrue(Runtime.version().feature() < 27, "why: JDK-8378603 is in this JDK");
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    List<Object> command = fonts(Workshop.JAVA_HOME);
    assertTrue(preloading("", command).survived());
    End end = preloading(jemalloc.toString(), command);
    assertFalse(end.survived());
    assertTrue(end.output().contains("SIGSEGV") || end.crashed(), end.output());
    assertEquals(
        List.of("ffm-loader-lookup"), dangers(judge(Workshop.JAVA_HOME, List.of(jemalloc), FONTS)));
  }

  @Test
  void jdksFontsAreRepairedByTheAllocatorInFrontOfWhatTheirLibraryNeeds() throws Exception {
    assumeTrue(Files.exists(FONT), "why: fonts-dejavu-core is not installed");
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    Path home = copyOfJdk();
    try (Stream<Path> files = Files.list(home.resolve("lib"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".so")).toList()) {
        byte[] edited =
            NeededLibraries.first(ElfFile.read(file), jemalloc.toString()).file().bytes();
        Files.delete(file);
        Files.write(file, edited);
      }
    }
    End end = preloading(jemalloc.toString(), fonts(home));
    assertTrue(end.survived(), end.output());
    assertEquals(List.of(), dangers(judge(home, List.of(jemalloc), FONTS)));
  }

  /** The JDK's files, linked: its launcher finds its home by the real path of its files. */
  private Path copyOfJdk() throws IOException {
    Path home = folder.resolve("jdk");
    try (Stream<Path> files = Files.walk(Workshop.JAVA_HOME)) {
      files.filter(file -> !file.endsWith("src.zip")).forEach(file -> link(file, home));
    }
    return home;
  }

  private static void link(Path file, Path home) {
    Path to = home.resolve(Workshop.JAVA_HOME.relativize(file).toString());
    try {
      if (Files.isDirectory(file)) {
        Files.createDirectories(to);
        return;
      }
      try {
        Files.createLink(to, file.toRealPath());
      } catch (IOException | UnsupportedOperationException e) {
        Files.copy(file, to);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void trimIntervalDoesNothingUnderAReplacement() throws Exception {
    Path tcmalloc = Workshop.installed("libtcmalloc_minimal.so.4");
    String flag = "-XX:TrimNativeHeapInterval=500";
    List<Object> command = java(Workshop.JAVA_HOME, TrimsWhatIsFree.class, flag);
    assertTrue(preloading("", command).output().contains("trimmed"));
    assertTrue(preloading(tcmalloc.toString(), command).output().contains("kept"));
    List<String> words = List.of("java", flag, "Main");
    assertTrue(
        Workshop.ids(judge(Workshop.JAVA_HOME, List.of(tcmalloc), words))
            .contains("settings-without-effect"));
    assertFalse(
        Workshop.ids(judge(Workshop.JAVA_HOME, List.of(), words))
            .contains("settings-without-effect"));
  }

  @Test
  void classesThatLookMallocUpByHandleAreTold() throws Exception {
    assertTrue(JavaLookups.in(bytesOf(FreesThroughDefaultLookup.class)));
    assertFalse(JavaLookups.in(bytesOf(FreesThroughProcess.class)));
    assertFalse(JavaLookups.in(bytesOf(Workshop.class)));
    assertFalse(JavaLookups.in(new byte[] {(byte) 0xca, (byte) 0xfe, (byte) 0xba, (byte) 0xbe}));
    assertFalse(JavaLookups.in(new byte[0]));
    URI shaper = URI.create("jrt:/java.desktop/sun/font/HBShaper.class");
    assertTrue(JavaLookups.in(Files.readAllBytes(Path.of(shaper))));
  }

  private static byte[] bytesOf(Class<?> type) throws IOException {
    String name = type.getName().replace('.', '/') + ".class";
    try (InputStream in = type.getClassLoader().getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }
}
