package org.onemalloc.link;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.allocators.Choice;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.NeededLibraries;
import org.onemalloc.text.OwnPlace;

/** Targets beside other programs, other users' directories, symbolic links and other processes. */
@Tag("slow")
@SuppressWarnings("restricted")
class SurroundingsTest {
  private static final int SOMEBODY = 12_345;

  @TempDir Path directory;
  private Path bin;

  @BeforeEach
  void prepare() throws Exception {
    directory = directory.toRealPath();
    bin = Files.createDirectory(directory.resolve("bin"));
  }

  private Path program(String place) throws Exception {
    Path file = directory.resolve(place);
    Files.createDirectories(file.getParent());
    return Tools.compile(file.getParent(), file.getFileName().toString(), "who.c");
  }

  private static LinkReport link(Path target) {
    return Link.link(target, Tools.choice("mimalloc"), "test", false);
  }

  private void refused(Path target, String why) throws Exception {
    Map<String, String> before = Tools.contentOf(target);
    for (Callable<LinkReport> action :
        List.<Callable<LinkReport>>of(
            () -> link(target), () -> Link.undo(target, false), () -> Link.verify(target))) {
      LinkException refusal = assertThrows(LinkException.class, action::call);
      assertEquals(2, refusal.exitCode(), refusal.getMessage());
      assertTrue(refusal.getMessage().contains(why), refusal.getMessage());
      assertEquals(before, Tools.contentOf(target));
    }
  }

  private static String servedBy(Path program) throws Exception {
    return Tools.succeed(program.toString()).lines().findFirst().orElseThrow();
  }

  /** The second program would take the original of the first for its own, and remove it. */
  @Test
  void twoProgramsOfOneNameDoNotShareARecord() throws Exception {
    Path first = program("bin/who");
    byte[] original = Files.readAllBytes(first);
    link(first);
    for (String place : List.of("sbin/who", "who")) {
      refused(program(place), first + " is linked under the same name");
    }
    assertTrue(servedBy(first).endsWith("libmimalloc.so"));
    Link.undo(first, false);
    assertTrue(java.util.Arrays.equals(original, Files.readAllBytes(first)));
    link(directory.resolve("sbin/who"));
    assertTrue(servedBy(directory.resolve("sbin/who")).endsWith("libmimalloc.so"));
  }

  /**
   * Other users' processes cannot load a library from a directory that only its owner can enter.
   */
  @Test
  void othersCanStartALinkedProgramWhateverTheUmask() throws Exception {
    Path program = program("bin/who");
    // As under the umask of many ordinary users; root is refused in such a directory.
    String rights = OwnPlace.thisUser() == 0 ? "rwxr-xr-x" : "rwxrwxr-x";
    Files.setPosixFilePermissions(bin, PosixFilePermissions.fromString(rights));
    int before = umask(0077);
    try {
      link(program);
    } finally {
      int _ = umask(before);
    }
    for (String made : List.of("lib", "lib/onemalloc", "lib/onemalloc/originals")) {
      assertEquals("rwxr-xr-x", permissions(directory.resolve(made)), made);
    }
    assertEquals("rwxr-xr-x", permissions(directory.resolve("lib/onemalloc/libmimalloc.so")));
  }

  /** Whoever can write a directory for a moment can put there a library that is run later. */
  @Test
  void othersCanWriteNoNewDirectoryAtAnyTime() throws Exception {
    Path made = directory.resolve("made");
    int before = umask(0);
    try {
      // The directory keeps its first mode, because there is no model from which to take another.
      Path missing = directory.resolve("missing");
      assertThrows(
          NoSuchFileException.class, () -> SafeFiles.createDirectories(made.resolve("a"), missing));
    } finally {
      int _ = umask(before);
    }
    assertEquals("rwx------", permissions(made));
  }

  /** A file that is there already is kept only if nobody else can exchange it. */
  @Test
  void nothingElseIsTakenForAFileOfTheLink() throws Exception {
    byte[] content = "library".getBytes(StandardCharsets.UTF_8);
    Companions companions = new Companions(new TreeMap<>(Map.of("companion.so", content)));
    Path home = Files.createDirectory(directory.resolve("home"));
    Path place = home.resolve("companion.so");
    assertEquals(List.of(place), companions.write(home));
    assertEquals(List.of(), companions.write(home));
    Files.setAttribute(place, "unix:mode", 0777);
    assertThrows(LinkException.class, () -> companions.write(home));
    Files.writeString(place, "another");
    Files.setAttribute(place, "unix:mode", 0755);
    assertThrows(LinkException.class, () -> companions.write(home));
    Path evil = Files.write(directory.resolve("evil"), content);
    for (Path target : List.of(evil, directory.resolve("missing"))) {
      Files.delete(place);
      Files.createSymbolicLink(place, target);
      assertThrows(LinkException.class, () -> companions.write(home));
      assertTrue(Files.isSymbolicLink(place));
    }
  }

  private static String permissions(Path file) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static int umask(int mask) throws Exception {
    Linker linker = Linker.nativeLinker();
    try {
      return (int)
          linker
              .downcallHandle(
                  linker.defaultLookup().findOrThrow("umask"),
                  FunctionDescriptor.of(JAVA_INT, JAVA_INT))
              .invokeExact(mask);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** The owner of the library's directory decides which code the program runs. */
  @Test
  void noLibraryIsPutWhereAnotherUserCouldExchangeIt() throws Exception {
    Path program = program("bin/who");
    Path lib = Files.createDirectory(directory.resolve("lib"));
    Files.setPosixFilePermissions(lib, PosixFilePermissions.fromString("rwxrwxrwx"));
    refused(program, "other users can write " + lib);
    Files.setPosixFilePermissions(lib, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path home = Files.createDirectory(lib.resolve("onemalloc"));
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Path originals = Files.createSymbolicLink(home.resolve("originals"), elsewhere);
    refused(program, originals + " is a symbolic link");
    Files.delete(originals);
    giveAway(home);
    refused(program, home + " belongs to the user with the id " + SOMEBODY);
    takeBack(home);
    giveAway(program);
    refused(program, program + " belongs to the user with the id " + SOMEBODY);
    takeBack(program);
    assertTrue(link(program).changed());
  }

  private static void giveAway(Path file) throws Exception {
    boolean root = OwnPlace.thisUser() == 0;
    Assumptions.assumeTrue(root, "why: only root can give a file away");
    Files.setAttribute(file, "unix:uid", SOMEBODY, LinkOption.NOFOLLOW_LINKS);
  }

  private static void takeBack(Path file) throws Exception {
    Files.setAttribute(file, "unix:uid", 0, LinkOption.NOFOLLOW_LINKS);
  }

  @Test
  void rootChangesNothingInAnotherUsersDirectory() throws Exception {
    Path program = program("bin/who");
    for (Path directory : List.of(directory, bin)) {
      giveAway(directory);
      refused(program, directory + ", which belongs to the user with the id " + SOMEBODY);
      takeBack(directory);
    }
    assertTrue(link(program).changed());
  }

  /** Who can create files in a sticky directory can put links under the names of ours. */
  @Test
  void nothingIsChangedWhereOthersCanCreateFiles() throws Exception {
    Path program = program("bin/who");
    boolean root = OwnPlace.thisUser() == 0;
    for (int mode : root ? List.of(01777, 0777, 01775, 0775) : List.of(01777, 0777)) {
      for (Path open : List.of(directory, bin)) {
        Files.setAttribute(open, "unix:mode", mode);
        refused(program, "other users can write");
        Files.setAttribute(open, "unix:mode", 0755);
      }
    }
    assertTrue(link(program).changed());
    for (String place : List.of("lib", "lib/onemalloc", "lib/onemalloc/originals")) {
      Path open = directory.resolve(place);
      Files.setAttribute(open, "unix:mode", 01777);
      refused(program, "other users can write " + open);
      Files.setAttribute(open, "unix:mode", 0755);
    }
    for (String place : List.of("who.choice.properties", "libmimalloc.so", "originals/who")) {
      Path file = directory.resolve("lib/onemalloc").resolve(place);
      giveAway(file);
      refused(program, file + " belongs to the user with the id " + SOMEBODY);
      takeBack(file);
    }
    assertTrue(Link.undo(program, false).changed());
  }

  /** The owner of a link can lead root to any program of root's. */
  @Test
  void noTargetIsReachedByALinkOfAnotherUser() throws Exception {
    Path program = program("bin/who");
    Path foreign = Files.createSymbolicLink(directory.resolve("foreign"), bin);
    Path way = Files.createSymbolicLink(directory.resolve("way"), foreign);
    assertTrue(link(way.resolve("who")).changed());
    assertTrue(Link.undo(way.resolve("who"), false).changed());
    giveAway(foreign);
    refused(way.resolve("who"), foreign + ", which belongs to the user with the id " + SOMEBODY);
    assertTrue(link(program).changed());
  }

  /** Every user can make the directory that such a program names. */
  @Test
  void theDirectoryThatAProgramNamesIsCheckedToo() throws Exception {
    Path program = program("bin/who");
    Path open = Files.createDirectory(directory.resolve("open"));
    Files.setAttribute(open, "unix:mode", 01777);
    Path named = open.resolve("lib/onemalloc/libmimalloc.so");
    Files.write(
        program, NeededLibraries.first(ElfFile.read(program), named.toString()).file().bytes());
    refused(program, "other users can write " + open);
    assertFalse(Files.exists(open.resolve("lib")));
  }

  @Test
  void rootChangesNoImageOfWhichAnotherUserOwnsAPart() throws Exception {
    Path image = Tools.copyOfImage(directory);
    for (String part : List.of("bin", "bin/java", "lib", "lib/server", "lib/server/libjvm.so")) {
      Path file = image.resolve(part);
      giveAway(file);
      refused(image, file + " belongs to the user with the id " + SOMEBODY);
      takeBack(file);
    }
    assertTrue(link(image).changed());
  }

  /** The program is moved and its directory removed; then anybody can make that again in /tmp. */
  @Test
  void aProgramWithCapabilitiesIsLinkedOnlyWhereRootAloneCanWrite() throws Exception {
    Path program = program("bin/who");
    Assumptions.assumeTrue(OwnPlace.thisUser() == 0, "why: only root can do this");
    Tools.assumeInstalled("setcap");
    Files.setAttribute(directory, "unix:mode", 01777);
    Path inner = Files.createDirectories(directory.resolve("inner/bin"));
    program = Files.move(program, inner.resolve("who"));
    assertTrue(link(program).changed());
    assertTrue(Link.undo(program, false).changed());
    Tools.succeed("setcap", "cap_net_bind_service=+ep", program.toString());
    Map<String, String> before = Tools.contentOf(inner);
    Path target = program;
    LinkException refusal = assertThrows(LinkException.class, () -> link(target));
    assertEquals(2, refusal.exitCode());
    assertTrue(refusal.getMessage().contains("file capabilities"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("which other users can write"));
    assertEquals(before, Tools.contentOf(inner));
  }

  /** HEAPPROFILE would name a file that is written with the rights of the program. */
  @Test
  void aProgramWithCapabilitiesGetsNoAllocatorThatObeysItsEnvironment() throws Exception {
    Path program = program("bin/who");
    Assumptions.assumeTrue(OwnPlace.thisUser() == 0, "why: only root can do this");
    Tools.assumeInstalled("setcap");
    Tools.succeed("setcap", "cap_net_bind_service=+ep", program.toString());
    Map<String, String> before = Tools.contentOf(directory);
    Path library = Path.of("/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4");
    Assumptions.assumeTrue(Files.exists(library), "why: libtcmalloc-minimal4 is not installed");
    Choice tcmalloc = Tools.choice("tcmalloc");
    LinkException refusal =
        assertThrows(LinkException.class, () -> Link.link(program, tcmalloc, "test", false));
    assertEquals(2, refusal.exitCode());
    assertTrue(refusal.getMessage().contains("obeys environment variables"), refusal.getMessage());
    assertEquals(before, Tools.contentOf(directory));
  }

  /** Root undoes an image from an archive that another user made. */
  @Test
  void undoneAnImageWritesNothingOutsideOfIt() throws Exception {
    Path image = Tools.copyOfImage(directory);
    link(image);
    Path home = image.resolve("lib/onemalloc");
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Path planted = Files.createDirectories(home.resolve("originals/way")).resolve("planted");
    Files.writeString(planted, "planted");
    Path record = home.resolve("choice.properties");
    String before = Files.readString(record);
    Files.writeString(record, before + "original.way/planted=" + SafeFiles.sha256(planted) + "\n");
    Path way = Files.createSymbolicLink(image.resolve("way"), outside);
    refused(image, way + " is a symbolic link");
    assertFalse(Files.exists(outside.resolve("planted")));
    Files.delete(way);
    Files.writeString(record, before + "original.../../outside/planted=00\n");
    refused(image, "outside the image");
    Files.writeString(record, before);
    Path kept = Files.move(home.resolve("originals/bin"), outside.resolve("bin"));
    Files.createSymbolicLink(home.resolve("originals/bin"), kept);
    refused(image, "originals/bin is a symbolic link");
    assertEquals("rwxr-xr-x", permissions(kept.resolve("java")));
  }

  @Test
  void aRecordThatIsNoFileOrTooLargeIsRefused() throws Exception {
    Tools.assumeInstalled("mkfifo", "truncate");
    Path program = program("bin/who");
    Path home = Files.createDirectories(directory.resolve("lib/onemalloc"));
    Path record = home.resolve("who.choice.properties");
    Tools.succeed("mkfifo", record.toString());
    refused(program, "was not written by onemalloc: move it away");
    Files.delete(record);
    Tools.succeed("truncate", "-s", "4G", record.toString());
    refused(program, "was not written by onemalloc: move it away");
  }

  /**
   * A build with several jobs links at once; all jobs share the library and the unfinished names.
   */
  @Test
  void manyAtOnceDoNotDisturbEachOther() throws Exception {
    List<Path> programs = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      programs.add(program("bin/who" + i));
    }
    Map<String, String> before = Tools.contentOf(bin);
    for (int round = 0; round < 2; round++) {
      together(programs, SurroundingsTest::link);
      for (Path program : programs) {
        assertTrue(servedBy(program).endsWith("libmimalloc.so"));
      }
      together(programs, program -> Link.undo(program, false));
      assertEquals(before, Tools.contentOf(bin));
      assertFalse(Files.exists(directory.resolve("lib/onemalloc"), LinkOption.NOFOLLOW_LINKS));
    }
  }

  private interface Action {
    LinkReport on(Path program);
  }

  private static void together(List<Path> programs, Action action) throws Exception {
    try (ExecutorService pool = Executors.newFixedThreadPool(programs.size())) {
      List<Future<LinkReport>> running = new ArrayList<>();
      for (Path program : programs) {
        running.add(pool.submit(() -> action.on(program)));
      }
      for (Future<LinkReport> each : running) {
        assertTrue(each.get().changed());
      }
    }
  }

  @Test
  void aRecordGivesBackEveryName() throws Exception {
    TreeMap<String, String> values = new TreeMap<>();
    for (String odd : List.of("a b", "t\tab", "r\rn\n", "f\f", " lead", "e=q:#!\\", "ü\u2028")) {
      values.put("original." + odd, odd);
      values.put(odd, "");
    }
    Path file = directory.resolve("choice.properties");
    Files.write(file, new ChoiceRecord(values).content());
    assertEquals(Optional.of(new ChoiceRecord(values)), ChoiceRecord.read(file));
  }
}
