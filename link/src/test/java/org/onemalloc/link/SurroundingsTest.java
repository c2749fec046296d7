package org.onemalloc.link;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.nio.file.Files;
import java.nio.file.LinkOption;
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
    Files.setPosixFilePermissions(bin, PosixFilePermissions.fromString("rwxrwxr-x"));
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
    boolean root = Files.getAttribute(program, "unix:uid").equals(0);
    Assumptions.assumeTrue(root, "why: only root can give a directory away");
    Files.setAttribute(home, "unix:uid", SOMEBODY);
    refused(program, home + " belongs to the user with the id " + SOMEBODY);
    Files.setAttribute(program, "unix:uid", SOMEBODY); // the owner of the directory
    assertTrue(link(program).changed());
  }

  @Test
  void rootChangesNothingInAnotherUsersDirectory() throws Exception {
    Path program = program("bin/who");
    boolean root = Files.getAttribute(program, "unix:uid").equals(0);
    Assumptions.assumeTrue(root, "why: only root can give a directory away");
    Files.setAttribute(directory, "unix:uid", SOMEBODY);
    refused(program, directory + " belongs to the user with the id " + SOMEBODY);
    Files.setAttribute(directory, "unix:uid", 0);
    assertTrue(link(program).changed());
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
    refused(image, "outside of the image");
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
    refused(program, "is not a file of onemalloc's");
    Files.delete(record);
    Tools.succeed("truncate", "-s", "4G", record.toString());
    refused(program, "is not a file of onemalloc's");
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
