package org.onemalloc.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.inspect.archive.Tools;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.inspect.result.InspectException;
import org.onemalloc.inspect.result.Inspection;
import org.onemalloc.inspect.result.NativeModule;

/** What belongs together, and what does not. */
class InspectorTest {
  @TempDir Path folder;

  private static Inspection look(Path... paths) throws Exception {
    return Inspector.predict(new Inspector.Request(List.of(paths), List.of()));
  }

  private static Inspection look(List<Path> preloads, Path... paths) throws Exception {
    return Inspector.predict(new Inspector.Request(List.of(paths), preloads));
  }

  private Path compile(String name, String code, String... options) throws Exception {
    Path source = Files.writeString(folder.resolve(name + ".c"), code);
    Path output = folder.resolve(name);
    List<String> command = new java.util.ArrayList<>(List.of(Tools.find("cc"), "-fPIC"));
    command.addAll(List.of(options));
    command.addAll(List.of("-o", output.toString(), source.toString()));
    Tools.run(command);
    return output;
  }

  private Path library(String name, Path... objects) throws Exception {
    Path library = folder.resolve(name);
    List<String> command = new java.util.ArrayList<>(List.of(Tools.find("ar"), "rc"));
    command.add(library.toString());
    List.of(objects).forEach(object -> command.add(object.toString()));
    Tools.run(command);
    return library;
  }

  private Path zip(String name, Path... files) throws Exception {
    Path zip = folder.resolve(name);
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      for (Path file : files) {
        out.putNextEntry(new ZipEntry("a-folder/" + file.getFileName()));
        out.write(Files.readAllBytes(file));
        out.closeEntry();
      }
    }
    return zip;
  }

  private static Map<String, Optional<String>> providers(Inspection found, String module) {
    NativeModule wanted =
        found.modules().stream().filter(m -> m.name().endsWith(module)).findFirst().orElseThrow();
    return wanted.calls().stream()
        .collect(
            Collectors.toMap(Call::symbol, call -> call.provider().map(InspectorTest::fileName)));
  }

  private static String fileName(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  private Path staticLibrary() throws Exception {
    Path user =
        compile(
            "user.o",
            "#include <stdlib.h>\nvoid *f(void) { return malloc(1); } void g(void *p) { free(p); }",
            "-c");
    Path definer =
        compile(
            "definer.o",
            "__attribute__((visibility(\"hidden\"))) void *malloc(__SIZE_TYPE__ n) { return 0; }",
            "-c");
    Path mute = compile("mute.o", "int h(void) { return 1; }", "-c");
    return library("libboth.a", user, definer, mute);
  }

  @Test
  void aStaticLibrarysMemberBindsToItsOthersAndElseToWhatItIsLinkedInto() throws Exception {
    Path library = staticLibrary();
    for (Path subject : List.of(library, zip("natives.jar", library))) {
      Inspection found = look(subject);
      assertEquals(
          Map.of("malloc", Optional.of("definer.o"), "free", Optional.empty()),
          providers(found, "libboth.a!/user.o"));
      assertEquals(2, found.modules().size(), "the mute one is only counted");
      assertEquals(List.of("malloc"), found.modules().getLast().overrides());
      assertEquals(List.of(), found.hazards());
      assertEquals(2, found.notes().size(), found.notes().toString());
    }
  }

  @Test
  void staticLibrariesStayWithTheProgramThatTheyAreNamedWith() throws Exception {
    Path program = compile("program", "int main(void) { return 0; }");
    Inspection found = look(program, staticLibrary());
    assertTrue(found.modules().stream().anyMatch(m -> m.name().endsWith("!/user.o")));
    assertTrue(found.notes().stream().noneMatch(note -> note.contains("omitted")));
  }

  @Test
  void anAllocatorInAStaticLibraryThatDefinesMallocIsNotPrivate() throws Exception {
    Path jemalloc = Path.of("/usr/lib/x86_64-linux-gnu/libjemalloc_pic.a");
    Assumptions.assumeTrue(Files.exists(jemalloc), "why: libjemalloc-dev is not installed");
    Inspection found = look(jemalloc);
    assertTrue(found.modules().stream().allMatch(m -> m.privateAllocators().isEmpty()));
    assertTrue(found.modules().stream().anyMatch(m -> m.overrides().contains("aligned_alloc")));
  }

  @Test
  void filesForOtherSystemsAreCountedAndNotRead() throws Exception {
    Path program = compile("program", "int main(void) { return 0; }");
    Path own =
        compile("libown.so", "#include <stdlib.h>\nvoid *f(void) { return malloc(1); }", "-shared");
    byte[] foreign = Files.readAllBytes(own);
    foreign[18] = (byte) 183; // for arm64
    Path other = Files.write(folder.resolve("libarm.so"), foreign);
    Path windows = Files.write(folder.resolve("x.dll"), new byte[] {'M', 'Z', 0, 0});
    Path damaged = Files.write(folder.resolve("libcut.so"), java.util.Arrays.copyOf(foreign, 3000));
    Path jar = zip("natives.jar", own, other, windows, damaged);
    Inspection alone = look(jar);
    Inspection hosted = look(jar, program);
    assertEquals(1, alone.notes().stream().filter(n -> n.contains("libcut.so")).count());
    assertTrue(
        hosted.notes().contains("2 files for other systems are omitted."),
        hosted.notes()::toString);
    assertEquals(Optional.of("libc.so.6"), providers(hosted, "libown.so").get("malloc"));
    assertTrue(alone.modules().stream().anyMatch(m -> m.name().endsWith("libarm.so")));
    assertTrue(hosted.modules().stream().noneMatch(m -> m.name().endsWith("libarm.so")));
  }

  @Test
  void classesThatLookMallocUpAreANoteAndUnderAReplacementAWarning() throws Exception {
    Path netty;
    try (var jars = Files.newDirectoryStream(Path.of("target/natives"), "netty-common-*.jar")) {
      netty = jars.iterator().next();
    }
    Hazard note = only(look(netty));
    assertEquals("ffm-default-lookup", note.id());
    assertEquals(Severity.NOTE, note.severity());
    assertEquals(netty.toString(), note.module());
    assertTrue(note.evidence().getFirst().contains("CleanerJava24Linker"), note.toString());
    Path mimalloc = Path.of("/usr/lib/x86_64-linux-gnu/libmimalloc.so.2.0");
    Assumptions.assumeTrue(Files.exists(mimalloc), "why: libmimalloc2.0 is not installed");
    assertEquals(Severity.WARNING, only(look(List.of(mimalloc), netty)).severity());
    Path image = Path.of(System.getProperty("java.home"));
    List<Hazard> hosted = look(List.of(mimalloc), image, netty).hazards();
    Hazard danger =
        hosted.stream().filter(h -> h.id().equals("ffm-default-lookup")).findFirst().orElseThrow();
    assertEquals(Severity.DANGER, danger.severity());
    assertTrue(danger.evidence().toString().contains("CleanerJava24Linker"), danger.toString());
  }

  private static Hazard only(Inspection found) {
    assertEquals(1, found.hazards().size(), found.hazards().toString());
    return found.hazards().getFirst();
  }

  private static final String ALLOCATES =
      "#include <stdlib.h>\nint main(void) { free(malloc(9)); return 0; }";

  @Test
  void aStaticallyLinkedProgramIsAHostWithItsMallocInside() throws Exception {
    for (List<String> options : List.of(List.of("-static"), List.of("-static-pie"))) {
      Path program = compile("static", ALLOCATES, options.toArray(String[]::new));
      Inspection found = look(program);
      assertEquals(NativeModule.Role.HOST, found.modules().getFirst().role(), options.toString());
      assertEquals(Optional.of(program.toString()), found.processHeap());
      assertEquals(List.of(), found.hazards(), options.toString());
      assertTrue(found.notes().toString().contains("statically linked"));
    }
  }

  @Test
  void anAllocatorLinkedIntoAStaticProgramIsItsMallocAndNoPrivateCopy() throws Exception {
    Path archive = Path.of("/usr/lib/x86_64-linux-gnu/libjemalloc_pic.a");
    assumeTrue(Files.exists(archive), "why: libjemalloc-dev is not installed");
    Path source = Files.writeString(folder.resolve("own.c"), ALLOCATES);
    Path program = folder.resolve("own");
    for (String kind : List.of("-static", "-static-pie")) {
      for (String strip : List.of("-g", "-s")) {
        Tools.run(
            List.of(
                Tools.find("g++"),
                "-x",
                "c",
                kind,
                strip,
                "-o",
                program.toString(),
                source.toString(),
                "-x",
                "none",
                archive.toString(),
                "-lm"));
        Inspection found = look(program);
        assertEquals(Optional.of(program.toString()), found.processHeap(), kind + strip);
        assertEquals(List.of(), found.hazards(), kind + strip);
      }
    }
  }

  @Test
  void aProgramWithRightsOfItsOwnTakesNoPreload() throws Exception {
    Path program = compile("program", ALLOCATES);
    Path library =
        compile(
            "liballocator.so",
            "void *malloc(__SIZE_TYPE__ n) { return 0; } void free(void *p) { }",
            "-shared");
    assertEquals(Optional.of(library.toString()), look(List.of(library), program).processHeap());
    Files.setAttribute(program, "unix:mode", 04755);
    Inspection found = look(List.of(library), program);
    assertEquals("libc.so.6", fileName(found.processHeap().orElseThrow()));
    assertEquals(
        List.of("preload-ignored"), found.hazards().stream().map(hazard -> hazard.id()).toList());
    assertEquals(List.of(), look(program).hazards());
  }

  @Test
  void capabilitiesOfAFileAreRightsOfItsOwn() throws Exception {
    Path program = compile("program", ALLOCATES);
    Path setcap = Path.of("/usr/sbin/setcap");
    assumeTrue(Files.isExecutable(setcap), "why: libcap2-bin is not installed");
    int code =
        new ProcessBuilder(setcap.toString(), "cap_net_bind_service=+ep", program.toString())
            .start()
            .waitFor();
    assumeTrue(code == 0, "why: this user or file system sets no capabilities");
    Inspection found = look(List.of(Path.of("/no/such/allocator.so")), program);
    assertEquals("preload-ignored", found.hazards().getFirst().id());
  }

  private static final int DAMAGED = 200;

  private static final String USES_MALLOC =
      "#include <stdlib.h>\nvoid *f(int n) { return realloc(malloc(n), 2 * n); }";

  /** Every table of a library is damaged in some of them, and none of them costs the others. */
  @Test
  void damagedFilesAmongGoodOnesAreNotedAndTheRestIsShown() throws Exception {
    byte[] good = Files.readAllBytes(compile("good.so", USES_MALLOC, "-shared", "-Wl,-z,now"));
    Path directory = Files.createDirectory(folder.resolve("many"));
    Files.write(directory.resolve("good.so"), good);
    Random random = new Random(7);
    for (int i = 0; i < DAMAGED; i++) {
      byte[] damaged = good.clone();
      for (int place = random.nextInt(8); place >= 0; place--) {
        int within = random.nextBoolean() ? 4096 : damaged.length;
        damaged[random.nextInt(Math.min(within, damaged.length))] = (byte) random.nextInt(256);
      }
      Files.write(directory.resolve("damaged" + i + ".so"), damaged);
    }
    assertTheGoodOneIsShown(look(directory));
    Path[] files;
    try (var all = Files.list(directory)) {
      files = all.sorted().toArray(Path[]::new);
    }
    assertTheGoodOneIsShown(look(zip("many.jar", files)));
  }

  private static void assertTheGoodOneIsShown(Inspection found) {
    assertEquals(Optional.of("libc.so.6"), providers(found, "/good.so").get("malloc"));
    List<String> notes =
        found.notes().stream().filter(note -> note.startsWith("Not inspected: ")).toList();
    assertTrue(notes.size() > DAMAGED / 20, notes.toString());
    assertTrue(notes.getFirst().contains("damaged"), notes.getFirst());
  }

  @Test
  void whatIsTooLargeForTheMemoryIsASentenceAndTheRestIsShown() throws Exception {
    Path directory = Files.createDirectory(folder.resolve("large"));
    byte[] good = Files.readAllBytes(compile("good.so", USES_MALLOC, "-shared"));
    Files.write(directory.resolve("good.so"), good);
    sparse(Files.write(directory.resolve("large.so"), good), 300L << 20);
    sparse(zip("packed.jar", directory.resolve("good.so")), 1800L << 20);
    zip("large/stored.jar", directory.resolve("large.so"));
    Files.move(folder.resolve("packed.jar"), directory.resolve("sparse.jar"));
    String said = lookWith("-Xmx64m", directory);
    assertTrue(said.contains("malloc") && said.contains("good.so"), said);
    assertTrue(said.contains("large.so has 300 MB, more than the memory"), said);
    assertTrue(!said.contains("OutOfMemoryError") && !said.contains("\tat "), said);
    String alone = lookWith("-Xmx64m", directory.resolve("large.so"));
    assertTrue(alone.contains("large.so has 300 MB"), alone);
    assertEquals(1, alone.lines().count(), alone);
  }

  @Test
  void aNameThatTheLocaleLacksCostsItsFileAlone() throws Exception {
    Path directory = Files.createDirectory(folder.resolve("named"));
    byte[] good = Files.readAllBytes(compile("good.so", USES_MALLOC, "-shared"));
    Files.write(directory.resolve("good.so"), good);
    Files.write(directory.resolve("g\u00f6\u00f6d.so"), good);
    String said = lookWith(Map.of("LC_ALL", "C"), "-Xmx64m", directory);
    assertTrue(said.contains("/good.so"), said);
    assertTrue(said.contains("set LC_ALL=C.UTF-8"), said);
    assertTrue(lookWith(Map.of("LC_ALL", "C.UTF-8"), "-Xmx64m", directory).contains("d.so"));
  }

  @Test
  void aNameThatNoLocaleCanExpressIsToBeChanged() throws Exception {
    Path directory = Files.createDirectory(folder.resolve("bytes"));
    String make = "cd \"$0\" && : >\"$(printf '\\377\\376').so\"";
    assertEquals(0, new ProcessBuilder("sh", "-c", make, directory.toString()).start().waitFor());
    String said = lookWith(Map.of("LC_ALL", "C.UTF-8"), "-Xmx64m", directory);
    assertTrue(said.contains("its name is not in UTF-8: rename the file"), said);
    assertTrue(!said.contains("LC_ALL"), said);
  }

  @Test
  void anEmptyNameIsNotTheCurrentDirectory() {
    InspectException refusal = assertThrows(InspectException.class, () -> look(Path.of("")));
    assertTrue(refusal.getMessage().startsWith("A name is empty"), refusal.getMessage());
  }

  private static void sparse(Path file, long size) throws Exception {
    try (RandomAccessFile grown = new RandomAccessFile(file.toFile(), "rw")) {
      grown.setLength(size);
    }
  }

  /** The report, or the sentence, of a JVM of its own. */
  private static String lookWith(String memory, Path path) throws Exception {
    return lookWith(Map.of(), memory, path);
  }

  private static String lookWith(Map<String, String> environment, String memory, Path path)
      throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                memory,
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                InspectsPath.class.getName(),
                path.toString())
            .redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said.replaceAll("\n +", " ");
  }
}
