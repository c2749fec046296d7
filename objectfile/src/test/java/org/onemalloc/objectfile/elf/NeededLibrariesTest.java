package org.onemalloc.objectfile.elf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.NeededLibraries.Change;
import org.onemalloc.objectfile.elf.NeededLibraries.Edit;

class NeededLibrariesTest {
  private static final StandardCopyOption REPLACE = StandardCopyOption.REPLACE_EXISTING;
  private static final String NAME = "$ORIGIN/liballocator.so";

  @TempDir Path directory;
  private Path allocator;

  static List<Native> natives() {
    return Native.all();
  }

  @BeforeEach
  void writeAllocator() throws IOException {
    allocator = Programs.write(directory, "liballocator.so", Native.MIMALLOC.preloadable());
  }

  @ParameterizedTest
  @MethodSource("natives")
  void changesNothingButTheFirstNeededLibrary(Native library) throws IOException {
    ElfFile before = library.file();
    Edit edit = NeededLibraries.first(before, NAME);
    ElfFile after = edit.file();
    List<String> expected = new ArrayList<>(before.needed());
    expected.addFirst(NAME);
    assertEquals(expected, after.needed());
    assertEquals(before.dynamicSymbols(), after.dynamicSymbols());
    assertEquals(before.relocations(), after.relocations());
    assertEquals(before.soname(), after.soname());
    assertEquals(before.segments().size(), after.segments().size());
    assertArrayEquals(after.bytes(), NeededLibraries.first(before, NAME).file().bytes());
  }

  @ParameterizedTest
  @MethodSource("natives")
  void givesIndependentReadersNothingNewToSay(Native library) throws Exception {
    Programs.assumeInstalled("eu-elflint", "readelf", "llvm-readelf");
    Path before = Programs.write(directory, "before.so", library.bytes());
    byte[] content = NeededLibraries.first(library.file(), NAME).file().bytes();
    Path after = Programs.write(directory, "after.so", content);
    Programs.succeed("llvm-strip", "-o", directory + "/stripped.so", after.toString());
    for (Path file : List.of(after, directory.resolve("stripped.so"))) {
      assertEquals(elflint(before), elflint(file));
      for (String reader : List.of("readelf", "llvm-readelf")) {
        String output = Programs.succeed(Map.of("LC_ALL", "C"), reader, "-dW", file.toString());
        int ours = output.indexOf("[" + NAME + "]");
        assertTrue(ours > 0 && ours < output.indexOf("[libc.so"), output);
      }
    }
  }

  /** musl's loader finds the library by the run path. */
  @ParameterizedTest
  @MethodSource("natives")
  void addsANameAndADirectoryOfTheRunPath(Native library) throws Exception {
    Programs.assumeInstalled("eu-elflint", "llvm-strip");
    String name = "libonemalloc-mimalloc.so";
    String directory = "$ORIGIN/../lib/onemalloc";
    ElfFile before = library.file();
    ElfFile after = NeededLibraries.firstFrom(before, name, directory).file();
    List<String> expected = new ArrayList<>(before.needed());
    expected.addFirst(name);
    assertEquals(expected, after.needed());
    String had = before.runpath().or(before::rpath).map(path -> path + ":").orElse("");
    assertEquals(had + directory, after.runpath().or(after::rpath).orElseThrow());
    assertEquals(before.rpath().isPresent(), after.rpath().isPresent());
    assertEquals(before.dynamicSymbols(), after.dynamicSymbols());
    assertEquals(before.relocations(), after.relocations());
    assertEquals(Change.NONE, NeededLibraries.firstFrom(after, name, directory).change());
    Path file = Programs.write(this.directory, "after.so", after.bytes());
    assertEquals(
        elflint(Programs.write(this.directory, "before.so", before.bytes())), elflint(file));
    Programs.succeed("llvm-strip", "-o", this.directory + "/stripped.so", file.toString());
    ElfFile stripped = ElfFile.read(this.directory.resolve("stripped.so"));
    assertEquals(expected, stripped.needed());
    assertEquals(had + directory, stripped.runpath().or(stripped::rpath).orElseThrow());
    String last = before.needed().getLast();
    assertThrows(
        ObjectFileException.class, () -> NeededLibraries.firstFrom(before, last, directory));
  }

  private static String elflint(Path file) throws Exception {
    List<String> command = List.of("eu-elflint", "--gnu-ld", file.toString());
    return Programs.run(Map.of("LC_ALL", "C"), command).output();
  }

  @Test
  void changesNothingTheSecondTime() throws IOException {
    ElfFile once = NeededLibraries.first(Native.JEMALLOC.file(), NAME).file();
    Edit twice = NeededLibraries.first(once, NAME);
    assertEquals(Change.NONE, twice.change());
    assertSame(once, twice.file());
  }

  @Test
  void onlyReordersWhatIsNeededAlready() throws IOException {
    ElfFile before = Native.JEMALLOC.file();
    String last = before.needed().getLast();
    Edit edit = NeededLibraries.first(before, last);
    assertEquals(Change.REORDERED, edit.change());
    List<String> expected = new ArrayList<>(before.needed());
    expected.removeLast();
    expected.addFirst(last);
    assertEquals(expected, edit.file().needed());
    assertEquals(before.bytes().length, edit.file().bytes().length);
  }

  @Test
  void orderDecidesWhoseMallocIsUsed() throws Exception {
    Path late = compile("late", "-Wl,--no-as-needed", "-lc", allocator.toString());
    assertTrue(!Bindings.anyMallocFrom(allocator, Bindings.of(late, Map.of())));
    Edit edit = NeededLibraries.first(ElfFile.read(late), "libonemalloc-mimalloc.so");
    assertEquals(Change.REORDERED, edit.change());
    Files.write(late, edit.file().bytes());
    Map<String, String> environment = Map.of("LD_LIBRARY_PATH", directory.toString());
    Files.copy(allocator, directory.resolve("libonemalloc-mimalloc.so"));
    Path found = directory.resolve("libonemalloc-mimalloc.so");
    assertTrue(Bindings.anyMallocFrom(found, Bindings.of(late, environment)));
  }

  @Test
  void editsAProgramWithoutSectionHeaders() throws Exception {
    Path program = compile("bare");
    ElfBytes bytes = ElfFile.read(program).header().bytes();
    bytes.putI64(40, 0);
    bytes.putU16(60, 0);
    Files.write(program, bytes.array());
    edit(program, Change.STRINGS_IN_PADDING);
    bindsAsPreloaded(program);
  }

  @Test
  void putsTheStringsAtTheEndWithoutPadding() throws Exception {
    Path program = compile("full");
    Files.write(program, withoutPadding(ElfFile.read(program)));
    edit(program, Change.STRINGS_AT_END);
    bindsAsPreloaded(program);
    stripKeepsIt(program);
  }

  @Test
  void sparesTheHintWhereTheDynamicSectionIsFull() throws Exception {
    Path program = compile("full");
    Files.write(program, withoutSpareEntries(ElfFile.read(program), false));
    edit(program, Change.STRINGS_IN_PADDING);
    bindsAsPreloaded(program);
    stripKeepsIt(program);
  }

  @Test
  void movesTheDynamicSectionWhereItIsFull() throws Exception {
    Path program = compile("full");
    Files.write(program, withoutSpareEntries(ElfFile.read(program), true));
    edit(program, Change.DYNAMIC_AT_END);
    bindsAsPreloaded(program);
    stripKeepsIt(program);
  }

  @Test
  void movesTheDynamicSectionOfAProgramAtAFixedAddress() throws Exception {
    Path program = compile("fixed", "-no-pie");
    Files.write(program, withoutSpareEntries(ElfFile.read(program), true));
    edit(program, Change.DYNAMIC_AT_END);
    bindsAsPreloaded(program);
    stripKeepsIt(program);
  }

  @Test
  void copiesTheLastSegmentWhereNoHeaderIsFree() throws Exception {
    Path program = compile("full");
    Files.write(program, withoutPropertyHeader(withoutPadding(ElfFile.read(program))));
    edit(program, Change.STRINGS_AT_END);
    bindsAsPreloaded(program);
    stripKeepsIt(program);
  }

  @Test
  void copiesTheLastSegmentForTheDynamicSectionToo() throws Exception {
    Path program = compile("full");
    byte[] full = withoutSpareEntries(ElfFile.read(program), true);
    Files.write(program, withoutPropertyHeader(full));
    edit(program, Change.DYNAMIC_AT_END);
    bindsAsPreloaded(program);
    stripKeepsIt(program);
  }

  /**
   * The program finds its data in the way in which Node.js finds the script of a single executable.
   */
  @Test
  void leavesEveryNoteThatAProgramMayLookFor() throws Exception {
    Programs.assumeX64Linux();
    Programs.assumeInstalled("cc");
    Path program = directory.resolve("finds");
    Path source = Programs.source(directory, "notes.c").toAbsolutePath();
    Programs.succeed("cc", "-O1", "-o", program.toString(), source.toString());
    final String before = Programs.succeed(program.toString());
    assertTrue(before.contains("Onemalloc test"), before);
    for (byte[] content :
        List.of(
            Files.readAllBytes(program),
            withoutPadding(ElfFile.read(program)),
            withoutPropertyHeader(withoutPadding(ElfFile.read(program))),
            withoutSpareEntries(ElfFile.read(program), true))) {
      Path copy = Files.write(Files.copy(program, directory.resolve("copy"), REPLACE), content);
      Files.write(copy, NeededLibraries.first(ElfFile.read(copy), NAME).file().bytes());
      assertEquals(before, Programs.succeed(copy.toString()));
    }
  }

  @Test
  void keepsTheSizeOfAProgramWithAPayload() throws Exception {
    Path program = compile("packed");
    byte[] content = withPayload(Files.readAllBytes(program));
    Files.write(program, content);
    edit(program, Change.STRINGS_IN_PADDING);
    endsAsBefore(content, program);
    bindsAsPreloaded(program);
  }

  @Test
  void putsTheStringAloneIntoThePaddingOfAProgramWithAPayload() throws Exception {
    Path program = compile("packed");
    ElfFile whole = ElfFile.read(program);
    int room = whole.dynamic().strings().size() + 8;
    byte[] content = withPayload(leavePadding(whole, room));
    Files.write(program, content);
    edit(program, Change.STRING_IN_PADDING);
    endsAsBefore(content, program);
    bindsAsPreloaded(program);
  }

  @Test
  void refusesToExtendAProgramWithAPayload() throws Exception {
    Path program = compile("packed");
    byte[] content = withPayload(withoutPadding(ElfFile.read(program)));
    refuses(ElfFile.of(content, "packed"), "36 bytes past its last structure");
    content = withPayload(withoutSpareEntries(ElfFile.read(program), true));
    refuses(ElfFile.of(content, "packed"), "36 bytes past its last structure");
  }

  /**
   * The program has bytes that no header describes, between two structures, with zeros before them.
   */
  @Test
  void leavesZerosThatBelongToHiddenData() throws Exception {
    Path program = compile("hidden");
    ElfFile file = ElfFile.read(program);
    byte[] content = file.bytes();
    ElfBytes bytes = file.header().bytes().over(content);
    ElfSections sections = ElfSections.parse(file.header(), bytes);
    for (ElfSegment segment : file.segments()) {
      long free = ElfPadding.past(segment, file.segments(), sections, bytes);
      if (free > 0) {
        content[(int) (segment.endOffset() + free - 1)] = 1;
      }
    }
    Edit edit = NeededLibraries.first(ElfFile.of(content, "hidden"), NAME);
    assertEquals(Change.STRINGS_AT_END, edit.change());
  }

  private static byte[] withPayload(byte[] program) {
    byte[] payload = "\0\0\0\0a payload, and its length: 00000036".getBytes(StandardCharsets.UTF_8);
    byte[] packed = Arrays.copyOf(program, program.length + 36);
    System.arraycopy(payload, payload.length - 36, packed, program.length, 36);
    return packed;
  }

  private static void endsAsBefore(byte[] before, Path program) throws IOException {
    byte[] after = Files.readAllBytes(program);
    assertEquals(before.length, after.length);
    assertArrayEquals(
        Arrays.copyOfRange(before, before.length - 36, before.length),
        Arrays.copyOfRange(after, after.length - 36, after.length));
  }

  @Test
  void refusesAStaticProgram() throws Exception {
    refuses(ElfFile.read(compile("static", "-static")), "statically linked");
  }

  @Test
  void refusesAnObjectThatIsNotLinked() throws Exception {
    refuses(ElfFile.read(compile("object.o", "-c")), "neither a program nor a shared library");
  }

  @Test
  void refusesAnEmptyName() throws IOException {
    ElfFile file = Native.MIMALLOC.file();
    assertThrows(IllegalArgumentException.class, () -> NeededLibraries.first(file, ""));
    assertThrows(IllegalArgumentException.class, () -> NeededLibraries.first(file, "a\0b"));
  }

  private static void refuses(ElfFile file, String why) {
    ObjectFileException refusal =
        assertThrows(ObjectFileException.class, () -> NeededLibraries.first(file, NAME));
    assertTrue(refusal.getMessage().contains(why), refusal.getMessage());
  }

  private Path compile(String name, String... options) throws Exception {
    Programs.assumeX64Linux();
    Programs.assumeInstalled("cc");
    Path program = directory.resolve(name);
    List<String> command = new ArrayList<>(List.of("cc", "-O1", "-o", program.toString()));
    command.add(Programs.source(directory, "family.c").toString());
    command.addAll(List.of(options));
    Programs.succeed(command.toArray(String[]::new));
    return program;
  }

  private static void edit(Path program, Change expected) throws IOException {
    Edit edit = NeededLibraries.first(ElfFile.read(program), NAME);
    assertEquals(expected, edit.change());
    Files.write(program, edit.file().bytes());
  }

  private void bindsAsPreloaded(Path program) throws Exception {
    Path original = compile("original");
    Set<String> reference = Bindings.of(original, Map.of("LD_PRELOAD", allocator.toString()));
    Set<String> actual = Bindings.of(program, Map.of());
    assertTrue(Bindings.anyMallocFrom(allocator, actual), actual.toString());
    if (!program.endsWith("fixed")) {
      assertEquals(reference.size(), actual.size());
    }
    String output = Programs.succeed(program.toString(), "malloc", "free", "realloc");
    assertTrue(output.contains("malloc " + allocator), output);
    assertTrue(output.contains("glibc-heap 0"), output);
  }

  private void stripKeepsIt(Path program) throws Exception {
    byte[] content = Files.readAllBytes(program);
    for (String tool : List.of("strip", "llvm-strip")) {
      Programs.assumeInstalled(tool);
      Files.write(program, content);
      Programs.succeed(tool, program.toString());
      bindsAsPreloaded(program);
    }
  }

  private static byte[] withoutPadding(ElfFile file) {
    return leavePadding(file, 0);
  }

  /** Extends each read-only segment so that at most {@code room} zeros follow it. */
  private static byte[] leavePadding(ElfFile file, int room) {
    ElfBytes bytes = file.header().bytes().over(file.bytes());
    ElfSections sections = ElfSections.parse(file.header(), bytes);
    for (int i = 0; i < file.segments().size(); i++) {
      ElfSegment segment = file.segments().get(i);
      long free = ElfPadding.past(segment, file.segments(), sections, bytes);
      if (free > room) {
        long size = segment.fileSize() + free - room;
        segment.withSizes(size, size).write(bytes, (int) file.header().segmentsOffset() + 56 * i);
      }
    }
    return bytes.array();
  }

  private static byte[] withoutPropertyHeader(byte[] content) {
    ElfFile file = ElfFile.of(content, "full");
    ElfBytes bytes = file.header().bytes().over(content);
    for (int i = 0; i < file.segments().size(); i++) {
      if (file.segments().get(i).type() == Elf.PT_GNU_PROPERTY) {
        bytes.putU32(file.header().segmentsOffset() + 56L * i, 0x6fff_0000);
      }
    }
    return bytes.array();
  }

  /** Removes the spare entries of the dynamic section, and DT_RELACOUNT if requested. */
  private static byte[] withoutSpareEntries(ElfFile file, boolean alsoTheHint) {
    ElfBytes bytes = file.header().bytes().over(file.bytes());
    ElfDynamic dynamic = file.dynamic();
    long at = dynamic.offset();
    for (ElfDynamicEntry entry : dynamic.entries()) {
      if (!alsoTheHint || entry.tag() != Elf.DT_RELACOUNT) {
        bytes.putI64(at, entry.tag());
        bytes.putI64(at + 8, entry.value());
        at += 16;
      }
    }
    bytes.putI64(at, 0);
    bytes.putI64(at + 8, 0);
    long size = at + 16 - dynamic.offset();
    for (int i = 0; i < file.segments().size(); i++) {
      if (file.segments().get(i).type() == Elf.PT_DYNAMIC) {
        bytes.putI64(file.header().segmentsOffset() + 56L * i + 32, size);
        bytes.putI64(file.header().segmentsOffset() + 56L * i + 40, size);
      }
    }
    return bytes.array();
  }
}
