package org.onemalloc.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onemalloc.inspect.Inspector;
import org.onemalloc.inspect.result.Inspection;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ProcessLookup;

@Tag("slow")
class ImageLinkTest {
  @TempDir Path directory;
  private Path image;

  @BeforeEach
  void copy() throws Exception {
    directory = directory.toRealPath();
    image = Tools.copyOfImage(directory);
  }

  private LinkReport link(String allocator) {
    return Link.link(image, Tools.choice(allocator), "test", false);
  }

  @Test
  void provesALinkedImageFromInside() throws Exception {
    LinkReport report = link("mimalloc");
    assertTrue(report.changed());
    assertEquals(
        "$ORIGIN/../lib/onemalloc/libmimalloc.so",
        ElfFile.read(image.resolve("bin/java")).needed().getFirst());
    ElfFile lookup = ElfFile.read(image.resolve("lib/libsyslookup.so"));
    assertTrue(ProcessLookup.isOne(lookup));
    assertTrue(lookup.needed().stream().noneMatch(name -> name.contains("/")));
    List<String> evidence = Link.verify(image).evidence();
    assertTrue(evidence.contains("glibc's own heap is empty there."), evidence.toString());
  }

  @Test
  void recordsTheChoice() throws Exception {
    byte[] before = Files.readAllBytes(image.resolve("bin/java"));
    link("mimalloc");
    Properties record = new Properties();
    try (var in = Files.newInputStream(image.resolve("lib/onemalloc/choice.properties"))) {
      record.load(in);
    }
    assertEquals("mimalloc", record.getProperty("allocator"));
    assertEquals("libmimalloc.so", record.getProperty("library"));
    assertEquals("test", record.getProperty("tool"));
    Path library = image.resolve("lib/onemalloc/libmimalloc.so");
    assertEquals(SafeFiles.sha256(library), record.getProperty("sha256"));
    assertEquals(SafeFiles.sha256(before), record.getProperty("original.bin/java"));
    assertEquals(
        SafeFiles.sha256(image.resolve("bin/java")), record.getProperty("linked.bin/java"));
  }

  @Test
  void givesEveryByteBack() throws Exception {
    Map<String, String> before = Tools.contentOf(image);
    link("mimalloc");
    Map<String, String> linked = Tools.contentOf(image);
    assertFalse(link("mimalloc").changed());
    assertEquals(linked, Tools.contentOf(image));
    Link.undo(image, false);
    assertEquals(before, Tools.contentOf(image));
  }

  @Test
  void undoesNothingUnlessEveryOriginalIsThere() throws Exception {
    link("mimalloc");
    Path originals = image.resolve("lib/onemalloc/originals");
    Path kept = directory.resolve("kept");
    for (String lost : List.of("bin/java", "lib/libsyslookup.so", "")) {
      Files.move(originals.resolve(lost), kept);
      Map<String, String> before = Tools.contentOf(image);
      LinkException refusal = assertThrows(LinkException.class, () -> Link.undo(image, false));
      assertEquals(2, refusal.exitCode());
      assertTrue(refusal.getMessage().contains("bin/java") || !lost.equals("bin/java"));
      assertTrue(refusal.getMessage().contains("is missing"), refusal.getMessage());
      assertEquals(before, Tools.contentOf(image));
      Files.move(kept, originals.resolve(lost));
    }
    Files.move(originals, kept);
    Files.delete(image.resolve("lib/onemalloc/choice.properties"));
    Map<String, String> before = Tools.contentOf(image);
    LinkException refusal = assertThrows(LinkException.class, () -> link("mimalloc"));
    assertEquals(2, refusal.exitCode());
    assertEquals(before, Tools.contentOf(image));
    Tools.succeed(image + "/bin/java", "-version");
  }

  @Test
  void undoesNothingWhileAProgramHasACopy() throws Exception {
    Map<String, String> original = Tools.contentOf(image);
    link("mimalloc");
    Path copy = image.resolve("bin/java2");
    Files.copy(image.resolve("bin/java"), copy, StandardCopyOption.COPY_ATTRIBUTES);
    Map<String, String> before = Tools.contentOf(image);
    LinkException refusal = assertThrows(LinkException.class, () -> Link.undo(image, false));
    assertEquals(2, refusal.exitCode());
    String why = "because bin/java2 is a copy of the linked bin/java: remove what was copied";
    assertTrue(refusal.getMessage().contains(why), refusal.getMessage());
    assertEquals(before, Tools.contentOf(image));
    Files.delete(copy);
    Link.undo(image, false);
    assertEquals(original, Tools.contentOf(image));
  }

  @Test
  void leavesFilesOfTheUsersInItsDirectory() throws Exception {
    Path home = Files.createDirectories(image.resolve("lib/onemalloc/originals/bin"));
    Files.writeString(home.resolve("mine"), "mine");
    Files.writeString(image.resolve("lib/onemalloc/notes.txt"), "mine");
    Map<String, String> before = Tools.contentOf(image);
    assertThrows(LinkException.class, () -> Link.undo(image, false));
    assertEquals(before, Tools.contentOf(image));
    link("mimalloc");
    LinkReport report = Link.undo(image, false);
    assertTrue(report.steps().toString().contains("notes.txt: kept"), report.steps().toString());
    assertEquals(before, Tools.contentOf(image));
    Files.writeString(image.resolve("lib/onemalloc/libmimalloc.so"), "mine");
    before = Tools.contentOf(image);
    assertThrows(LinkException.class, () -> link("mimalloc"));
    assertEquals(before, Tools.contentOf(image));
  }

  /** In a process with capabilities, the loader expands no $ORIGIN in opened libraries either. */
  @Test
  void namesTheAllocatorAbsolutelyForAJvmWithCapabilities() throws Exception {
    boolean root = Files.getAttribute(image, "unix:uid").equals(0);
    Assumptions.assumeTrue(root, "why: only root can do this");
    Tools.assumeInstalled("setcap", "getcap");
    Path ofRoot = Files.createTempDirectory(Path.of("/var/lib"), "onemalloc-test");
    try {
      image = Tools.copyOfImage(ofRoot);
      proveCapabilities();
    } finally {
      Tools.succeed("rm", "-r", ofRoot.toString());
    }
  }

  private void proveCapabilities() throws Exception {
    link("mimalloc");
    Tools.succeed("setcap", "cap_net_bind_service=+ep", image + "/bin/java");
    LinkException failure = assertThrows(LinkException.class, () -> Link.verify(image));
    assertTrue(failure.getMessage().contains("does not expand $ORIGIN"), failure.getMessage());
    assertTrue(link("mimalloc").changed());
    String library = image + "/lib/onemalloc/libmimalloc.so";
    assertEquals(library, ElfFile.read(image.resolve("bin/java")).needed().getFirst());
    List<String> lookup = ElfFile.read(image.resolve("lib/libsyslookup.so")).needed();
    assertFalse(lookup.toString().contains("$ORIGIN"), lookup.toString());
    List<String> evidence = Link.verify(image).evidence();
    assertTrue(evidence.getLast().contains("was not tried"), evidence.toString());
    Link.undo(image, false);
    String capabilities = Tools.succeed("getcap", image + "/bin/java");
    assertTrue(capabilities.contains("cap_net_bind_service=ep"), capabilities);
  }

  @Test
  void saysThatAJdkWithoutJmodsMakesNoImageWhileItIsLinked() throws Exception {
    String said = "make no image from this JDK while it is linked";
    assertFalse(link("mimalloc").steps().toString().contains(said));
    Link.undo(image, false);
    Files.writeString(image.resolve("bin/jlink"), "");
    assertTrue(link("mimalloc").steps().toString().contains(said));
  }

  @Test
  void countsWhatAnOlderGlibcCounts() throws Throwable {
    Linker linker = Linker.nativeLinker();
    var older = linker.defaultLookup().find("mallinfo").orElseThrow();
    long counted = Long.parseLong(Probe.glibcHeap(linker, older, ValueLayout.JAVA_INT));
    assertTrue(counted > 0, "this JVM is on glibc");
    assertEquals("unknown", Probe.glibcHeap(linker, null, ValueLayout.JAVA_INT));
  }

  @Test
  void linksWithAnInstalledAllocator() throws Exception {
    Assumptions.assumeTrue(
        Files.exists(Path.of("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2")),
        "why: libjemalloc2 is not installed");
    link("jemalloc@installed");
    assertEquals("jemalloc", record("allocator"));
    Link.verify(image);
    Inspection seen =
        Inspector.predict(new Inspector.Request(List.of(image.toRealPath()), List.of()));
    // The library for lookups names pvalloc, which jemalloc lacks, but does not call it.
    assertEquals(
        List.of(),
        seen.hazards().stream().filter(hazard -> hazard.id().equals("family-with-holes")).toList());
  }

  private String record(String key) {
    return ChoiceRecord.read(image.resolve("lib/onemalloc/choice.properties"))
        .orElseThrow()
        .get(key);
  }

  /** The symbol table of the bundled jemalloc is in the segment that grows. */
  @ParameterizedTest
  @ValueSource(strings = {"jemalloc@bundled", "jemalloc@installed"})
  void buildsTheProfileOfJemallocIn(String allocator) throws Exception {
    Assumptions.assumeTrue(
        allocator.endsWith("bundled")
            || Files.exists(Path.of("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2")),
        "why: libjemalloc2 is not installed");
    link(allocator + "+tuned");
    assertEquals("background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0", record("tuning"));
    List<String> command = List.of(image + "/bin/java", "-version");
    String output =
        Tools.run(
                Map.of("MALLOC_CONF", "stats_print:true", "JE_MALLOC_CONF", "stats_print:true"),
                command)
            .output();
    assertTrue(output.contains("opt.background_thread: true"), output);
    assertTrue(output.contains("opt.dirty_decay_ms: 1000"), output);
    assertTrue(output.contains("opt.muzzy_decay_ms: 0"), output);
    Link.verify(image);
    String own =
        Tools.run(
                Map.of(
                    "MALLOC_CONF", "stats_print:true,dirty_decay_ms:77",
                    "JE_MALLOC_CONF", "stats_print:true,dirty_decay_ms:77"),
                command)
            .output();
    assertTrue(own.contains("opt.dirty_decay_ms: 77"), own);
  }

  @Test
  void buildsTheProfileOfMimallocIn() throws Exception {
    link("mimalloc+tuned");
    assertEquals("purge_delay=0,arena_eager_commit=0", record("tuning"));
    List<String> command = List.of(image + "/bin/java", "-version");
    String output = Tools.run(Map.of("MIMALLOC_VERBOSE", "1"), command).output();
    assertTrue(output.contains("option 'purge_delay': 0 "), output);
    assertTrue(output.contains("option 'arena_eager_commit': 0 "), output);
    Link.verify(image);
    String own =
        Tools.run(Map.of("MIMALLOC_VERBOSE", "1", "MIMALLOC_PURGE_DELAY", "77"), command).output();
    assertTrue(own.contains("option 'purge_delay': 77 "), own);
  }

  @Test
  void letsAPlainMimallocTakeMemoryAsItIsUsed() throws Exception {
    link("mimalloc");
    assertEquals("arena_eager_commit=0", record("tuning"));
    List<String> command = List.of(image + "/bin/java", "-version");
    String output = Tools.run(Map.of("MIMALLOC_VERBOSE", "1"), command).output();
    assertTrue(output.contains("option 'arena_eager_commit': 0 "), output);
    assertTrue(output.contains("option 'purge_delay': 1000 "), output);
    Map<String, String> own = Map.of("MIMALLOC_VERBOSE", "1", "MIMALLOC_ARENA_EAGER_COMMIT", "2");
    assertTrue(Tools.run(own, command).output().contains("option 'arena_eager_commit': 2 "));
    LinkException refusal = assertThrows(LinkException.class, () -> link("mimalloc+tuned"));
    assertTrue(refusal.getMessage().contains("(arena_eager_commit=0)"), refusal.getMessage());
  }

  @Test
  void refusesAProfileThatOnlyTheEnvironmentCanCarry() throws Exception {
    Assumptions.assumeTrue(
        Files.exists(Path.of("/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4")),
        "why: libtcmalloc-minimal4 is not installed");
    LinkException refusal = assertThrows(LinkException.class, () -> link("tcmalloc+tuned"));
    assertTrue(refusal.getMessage().contains("only from the environment"), refusal.getMessage());
  }

  @Test
  void findsAnEscape() throws Exception {
    link("mimalloc");
    Files.copy(
        image.resolve("lib/onemalloc/originals/lib/libsyslookup.so"),
        image.resolve("lib/libsyslookup.so"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    LinkException failure = assertThrows(LinkException.class, () -> Link.verify(image));
    assertEquals(1, failure.exitCode());
    assertTrue(failure.getMessage().contains("libsyslookup.so"), failure.getMessage());
    assertTrue(link("mimalloc").changed());
    Link.verify(image);
  }

  @Test
  void linksAJpackageApplication() throws Exception {
    Path application = JpackageApplication.make(directory, image);
    Map<String, String> before = Tools.contentOf(application);
    Link.link(application, Tools.choice("mimalloc"), "test", false);
    assertEquals(
        "$ORIGIN/../lib/runtime/lib/onemalloc/libmimalloc.so",
        ElfFile.read(application.resolve("bin/Who")).needed().getFirst());
    List<String> evidence = Link.verify(application).evidence();
    assertTrue(evidence.contains("glibc's own heap is empty there."), evidence.toString());
    assertEquals("hello\n", Tools.succeed(application.resolve("bin/Who").toString()));
    Link.undo(application, false);
    assertEquals(before, Tools.contentOf(application));
  }

  @Test
  void watchesAnOlderJvmStart() throws Exception {
    Path older = Path.of("/usr/lib/jvm/java-17-openjdk-amd64");
    Assumptions.assumeTrue(Files.exists(older), "why: openjdk-17-jre-headless is not installed");
    Path copy = directory.resolve("older");
    Tools.succeed("cp", "-a", older.toRealPath().toString(), copy.toString());
    Link.link(copy, Tools.choice("mimalloc"), "test", false);
    String last = Link.verify(copy).evidence().getLast();
    assertTrue(last.contains("started with -version, binds malloc to it in all"), last);
    Tools.succeed("rm", "-rf", copy.toString());
  }
}
