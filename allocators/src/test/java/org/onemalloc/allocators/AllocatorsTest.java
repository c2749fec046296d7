package org.onemalloc.allocators;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.objectfile.elf.ElfKind;

class AllocatorsTest {
  private static final String FAMILY =
      """
      #include <stddef.h>
      void *malloc(size_t n) { return 0; }
      void *calloc(size_t n, size_t m) { return 0; }
      void *realloc(void *p, size_t n) { return 0; }
      void free(void *p) {}
      void *memalign(size_t a, size_t n) { return 0; }
      int posix_memalign(void **p, size_t a, size_t n) { return 12; }
      size_t malloc_usable_size(void *p) { return 0; }
      """;

  @TempDir Path directory;
  private Allocators nothingInstalled;

  @BeforeEach
  void open() {
    nothingInstalled =
        Allocators.of(Shell.emptyLoader(directory), Shell.cache(directory.resolve("cache")));
  }

  private String refused(String name) {
    return assertThrows(AllocatorException.class, () -> nothingInstalled.choose(name)).getMessage();
  }

  private Path library(String name, String source) throws Exception {
    return Shell.compile(directory, name, source, "-shared", "-fPIC", "-fno-builtin");
  }

  @Test
  void refusesAnUnknownName() {
    assertEquals(
        "There is no allocator called \"jemaloc\": name system, mimalloc, jemalloc, tcmalloc,"
            + " snmalloc, or the path of a shared library.",
        refused("jemaloc"));
  }

  @Test
  void refusesAKnownNameThatIsNotHere() {
    assertEquals(
        "There is no tcmalloc on this machine: install one (Debian: libtcmalloc-minimal4, Fedora:"
            + " gperftools-libs) or give the path of its library.",
        refused("tcmalloc"));
    assertEquals(
        "There is no mimalloc@installed on this machine: there is mimalloc@bundled.",
        refused("mimalloc@installed"));
  }

  @Test
  void refusesAProfileThatDoesNotExist() {
    assertEquals("There is no server profile for system: omit +tuned.", refused("system+tuned"));
  }

  @Test
  void refusesAMissingFile() {
    Path missing = directory.resolve("libnone.so");
    assertEquals(
        "There is no file " + missing + ": give the path of a shared library.",
        refused(missing.toString()));
  }

  @Test
  void refusesAFileThatIsNoLibrary() throws Exception {
    Path text = Files.writeString(directory.resolve("text.so"), "INPUT(libmimalloc.so.2)");
    assertTrue(refused(text.toString()).startsWith(text + " is not an ELF file"));
    assertTrue(refused(directory.toString()).contains("is not a regular file"));
    assertTrue(refused(Shell.JAVA).contains("is a program"), refused(Shell.JAVA));
  }

  @Test
  void hasTheCarriedOnesForAnotherProcessor() {
    boolean x64 = System.getProperty("os.arch").equals("amd64");
    ElfKind other = BundledTest.programs(x64 ? 183 : 62);
    for (String name : List.of("mimalloc", "jemalloc", "mimalloc@bundled", "mimalloc+tuned")) {
      Allocator found = Allocators.forPrograms(other).choose(name).allocator();
      assertEquals(Origin.BUNDLED, found.origin());
      assertTrue(found.link().fit());
      // What is known of it for programs of another processor says nothing of those here.
      String path = found.library().orElseThrow().toString();
      assertTrue(refused(path).contains("and this machine is"), refused(path));
      assertEquals(path, Allocators.forPrograms(other).choose(path).name());
    }
    assertEquals(
        "There is no mimalloc for riscv here: give the path of its library.",
        assertThrows(
                AllocatorException.class,
                () -> Allocators.forPrograms(BundledTest.programs(243)).choose("mimalloc"))
            .getMessage());
  }

  @Test
  void refusesAnotherArchitecture() throws Exception {
    boolean x64 = System.getProperty("os.arch").equals("amd64");
    byte[] other =
        Bundled.of(Kind.MIMALLOC, BundledTest.programs(x64 ? 183 : 62)).orElseThrow().derive();
    Path library = Files.write(directory.resolve("libother.so"), other);
    assertEquals(
        "%s is built for %s and this machine is %s: give the library of this architecture."
            .formatted(library, x64 ? "aarch64" : "x86-64", x64 ? "x86-64" : "aarch64"),
        refused(library.toString()));
  }

  @Test
  void saysWhyALibraryIsNoReplacement() throws Exception {
    Path none = library("libnone.so", "int x;");
    assertEquals(
        "it is not an allocator: it does not define malloc",
        nothingInstalled.find(none.toString()).preload().reason());
    Path old = library("libold.so", FAMILY);
    assertEquals(
        "it lacks aligned_alloc: a block from libc would be passed to its free",
        nothingInstalled.find(old.toString()).link().reason());
  }

  @Test
  void saysThatAPrefixIsInTheWay() throws Exception {
    Path prefixed = library("libp.so", FAMILY.replace("malloc(", "je_malloc("));
    Allocator allocator = nothingInstalled.find(prefixed.toString());
    assertEquals(
        "its names have a prefix: it does not define malloc", allocator.preload().reason());
    assertTrue(allocator.dlopen().fit());
  }

  @Test
  void saysThatItsTlsWouldRecurse() throws Exception {
    boolean x64 = System.getProperty("os.arch").equals("amd64");
    Assumptions.assumeTrue(x64, "why: other architectures use TLS descriptors");
    String local =
        "__thread int calls; void *aligned_alloc(size_t a, size_t n) { calls++; return 0; }";
    Path library = library("libtls.so", FAMILY + local);
    assertTrue(
        nothingInstalled.find(library.toString()).preload().reason().startsWith("its TLS is not"));
  }

  @Test
  void findsOutThatALibraryDoesNotRunOnThisKernel() throws Exception {
    Path library =
        library(
            "libpages.so",
            """
            #include <stddef.h>
            #include <unistd.h>
            #include <stdlib.h>
            void *aligned_alloc(size_t a, size_t n) { return 0; }
            __attribute__((constructor)) static void start(void) {
              write(2, "<jemalloc>: Unsupported system page size\\n", 41);
              _exit(134);
            }
            """
                + FAMILY);
    assertEquals(
        "it was built for smaller pages than this kernel's (Unsupported system page size)",
        nothingInstalled.find(library.toString()).preload().reason());
  }

  @Test
  void carriesAPathThatLdPreloadCannotNameByALink() throws Exception {
    Path derived = nothingInstalled.find("mimalloc").library().orElseThrow();
    Path spaced = Files.copy(derived, directory.resolve("my $mimalloc:3.so"));
    Allocator allocator = nothingInstalled.find(spaced.toString());
    assertTrue(allocator.preload().fit(), allocator.preload().reason());
    assertTrue(allocator.link().fit());
    CacheDirectory cache = Shell.cache(directory.resolve("cache"));
    assertEquals(spaced, Files.readSymbolicLink(cache.carried(spaced)));
    assertEquals(cache.path(), cache.carried(spaced).getParent());
    Allocators nowhere = Allocators.withoutCache(Shell.emptyLoader(directory), "There is none.");
    assertEquals(
        "its path has a space, a colon or a dollar sign: copy it elsewhere",
        nowhere.find(spaced.toString()).preload().reason());
    assertEquals(Kind.MIMALLOC, allocator.kind());
    assertEquals(spaced.toString(), allocator.qualifiedName());
    assertEquals(spaced + "+tuned", nothingInstalled.choose(spaced + "+tuned").name());
  }

  @Test
  void takesTheBundledOnesWhereNothingIsInstalled() {
    for (String name : List.of("mimalloc", "jemalloc")) {
      Allocator allocator = nothingInstalled.find(name);
      assertEquals(Origin.BUNDLED, allocator.origin());
      assertTrue(allocator.usual());
      assertEquals(Fitness.FIT, allocator.preload());
      assertTrue(allocator.missing().isEmpty(), allocator.missing().toString());
      assertEquals(allocator, nothingInstalled.find(name + "@bundled"));
      assertEquals(allocator, nothingInstalled.find(name + "@" + allocator.version()));
      assertEquals(name + "+tuned", nothingInstalled.choose(name + "+tuned").name());
    }
    assertEquals("3.5.0", nothingInstalled.find("mimalloc").version());
  }

  @Test
  void prefersTheInstalledJemallocAndTheBundledMimalloc() throws Exception {
    Path base = Files.createDirectory(directory.toRealPath().resolve("lib"));
    for (String name : List.of("mimalloc", "jemalloc")) {
      Path derived = nothingInstalled.find(name).library().orElseThrow();
      Files.copy(derived, base.resolve("lib" + name + ".so.2"));
    }
    LoaderCache loader = LoaderCache.of(directory.resolve("none"), List.of(base));
    Allocators some = Allocators.of(loader, Shell.cache(directory.resolve("cache")));
    assertEquals(Origin.INSTALLED, some.find("jemalloc").origin());
    assertEquals(Origin.BUNDLED, some.find("mimalloc").origin());
    assertEquals(
        Optional.of(base.resolve("libmimalloc.so.2")), some.find("mimalloc@installed").library());
    assertEquals(
        List.of(
            "system",
            "mimalloc@bundled",
            "mimalloc@installed",
            "jemalloc@installed",
            "jemalloc@bundled"),
        some.all().stream().map(Allocator::qualifiedName).toList());
  }

  @Test
  void derivesAgainWhatWasDamaged() throws Exception {
    Path library = nothingInstalled.find("mimalloc").library().orElseThrow();
    byte[] whole = Files.readAllBytes(library);
    Files.write(library, new byte[100]);
    assertEquals(Fitness.FIT, nothingInstalled.find("mimalloc").preload());
    assertArrayEquals(whole, Files.readAllBytes(library));
  }

  @Test
  void remembersWhatItLearnedAndForgetsItWhenTheLibraryChanges() throws Exception {
    Path library = library("liba.so", FAMILY);
    Allocator first = nothingInstalled.find(library.toString());
    assertEquals(first, nothingInstalled.find(library.toString()));
    Files.copy(
        nothingInstalled.find("mimalloc").library().orElseThrow(),
        library,
        StandardCopyOption.REPLACE_EXISTING);
    assertTrue(nothingInstalled.find(library.toString()).preload().fit());
    assertFalse(first.preload().fit());
  }

  @Test
  void laysTheLicencesBesideTheLibraries() throws Exception {
    nothingInstalled.all();
    Path cache = directory.resolve("cache/onemalloc");
    assertTrue(Files.readString(cache.resolve("LICENSE-mimalloc.txt")).contains("Microsoft"));
    assertTrue(Files.readString(cache.resolve("LICENSE-jemalloc.txt")).contains("Jason Evans"));
  }

  @Test
  void describesEverythingOnThisMachine() {
    for (Allocator allocator : Allocators.ofThisMachine().all()) {
      assertFalse(allocator.version().isEmpty(), allocator.qualifiedName());
      assertEquals(Fitness.FIT, allocator.preload(), allocator.qualifiedName());
      if (allocator.kind() == Kind.JEMALLOC) {
        assertTrue(allocator.pageSize() >= 4096);
        assertFalse(allocator.dlopen().fit() && System.getProperty("os.arch").equals("amd64"));
      }
    }
  }

  @Test
  void derivesAgainWhatDiffersByOneBitAndLooksTheSame() throws Exception {
    Path library = nothingInstalled.find("mimalloc").library().orElseThrow();
    byte[] whole = Files.readAllBytes(library);
    FileTime time = Files.getLastModifiedTime(library);
    byte[] flipped = whole.clone();
    flipped[whole.length / 2] ^= 1;
    Files.write(library, flipped);
    Files.setLastModifiedTime(library, time);
    assertEquals(Fitness.FIT, nothingInstalled.find("mimalloc").preload());
    assertArrayEquals(whole, Files.readAllBytes(library));
  }

  @Test
  void doesNotBelieveANoteThatWasChanged() throws Exception {
    Path library = library("liba.so", FAMILY);
    Allocator learned = nothingInstalled.find(library.toString());
    try (var files = Files.list(directory.resolve("cache/onemalloc"))) {
      for (Path note : files.filter(f -> f.toString().contains("known-liba")).toList()) {
        String text = Files.readString(note);
        assertTrue(text.contains("it lacks aligned_alloc"), text);
        Files.writeString(note, text.replaceAll("it lacks [^\n]*", ""));
      }
    }
    assertEquals(learned, nothingInstalled.find(library.toString()));
  }

  @Test
  void neverTakesAnInstalledOneForTheCarriedOne() throws Exception {
    Path base = Files.createDirectory(directory.toRealPath().resolve("lib"));
    Path derived = nothingInstalled.find("mimalloc").library().orElseThrow();
    Files.copy(derived, base.resolve("libmimalloc.so.3"));
    LoaderCache loader = LoaderCache.of(directory.resolve("none"), List.of(base));
    Allocators nowhere = Allocators.withoutCache(loader, "There is no directory.");
    for (String name : List.of("mimalloc", "mimalloc+tuned", "mimalloc@bundled")) {
      assertEquals(
          "mimalloc@bundled is not available: There is no directory. Other allocators:"
              + " mimalloc@installed.",
          assertThrows(AllocatorException.class, () -> nowhere.choose(name)).getMessage());
    }
  }

  @Test
  void needsNoPlaceToWriteForWhatIsInstalled() throws Exception {
    Path base = Files.createDirectory(directory.toRealPath().resolve("lib"));
    Path derived = nothingInstalled.find("mimalloc").library().orElseThrow();
    Path installed = Files.copy(derived, base.resolve("libmimalloc.so.3"));
    LoaderCache loader = LoaderCache.of(directory.resolve("none"), List.of(base));
    Allocators nowhere = Allocators.withoutCache(loader, "There is no directory.");
    assertEquals(Optional.of(installed), nowhere.find("mimalloc@installed").library());
    assertEquals(
        "jemalloc@bundled is not available: There is no directory.",
        assertThrows(AllocatorException.class, () -> nowhere.find("jemalloc")).getMessage());
    assertTrue(nowhere.all().stream().anyMatch(a -> !a.preload().fit()));
    assertTrue(nowhere.find("system").isSystem());
  }
}
