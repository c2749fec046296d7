package org.onemalloc.inspect.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.inspect.process.MallocProvider.Kind;
import org.onemalloc.inspect.process.SecondAllocator.Use;
import org.onemalloc.objectfile.elf.GlibcNames;

class MallocProvidersTest {
  private static final String SLEEPER =
      """
      #include <stdlib.h>
      #include <unistd.h>
      int main(void) { free(malloc(100)); return sleep(60); }
      """;

  private static final String OTHER =
      """
      #include <stddef.h>
      static char room[1 << 20];
      static size_t used;
      void *malloc(size_t n) { void *p = room + used; used += (n + 15) & ~15; return p; }
      void free(void *p) {}
      """;

  @TempDir Path folder;

  @Test
  void isGlibcForAPlainProgram() throws Exception {
    MallocProvider provider = of(compile("plain", SLEEPER));
    assertEquals(Kind.GLIBC, provider.kind());
    assertTrue(GlibcNames.isLibc(provider.file()), provider.file());
  }

  @Test
  void isALibraryThatComesFirst() throws Exception {
    Path library = compile("libother.so", OTHER, "-shared", "-fPIC");
    Path program = compile("linked", SLEEPER, "-Wl,--no-as-needed", library + "");
    MallocProvider provider = of(program);
    assertEquals(Kind.OTHER, provider.kind());
    assertEquals(library.toString(), provider.file());
  }

  @Test
  void isNotALibraryThatComesAfterLibc() throws Exception {
    Path library = compile("libother.so", OTHER, "-shared", "-fPIC");
    Path program = compile("late", SLEEPER, "-Wl,--no-as-needed", "-lc", library + "");
    assertEquals(Kind.GLIBC, of(program).kind());
  }

  @Test
  void isTheExecutableThatExportsItsOwn() throws Exception {
    Path program = compile("own", OTHER + SLEEPER.replace("#include <stdlib.h>", ""), "-rdynamic");
    MallocProvider provider = of(program);
    assertEquals(Kind.OTHER, provider.kind());
    assertEquals(program.toString(), provider.file());
  }

  @Test
  void aMallocThatIsNotExportedIsInsideForItsOwnUse() throws Exception {
    String own = OTHER + SLEEPER.replace("#include <stdlib.h>", "");
    String hidden = "-fvisibility=hidden";
    MallocProvider provider = of(compile("hidden", own, hidden));
    assertEquals(Kind.GLIBC, provider.kind());
    assertEquals(List.of("hidden malloc"), provider.copies());
    assertEquals(List.of(), of(compile("stripped", own, hidden, "-s")).copies());
    assertEquals(List.of(), of(compile("half", own, hidden, "-Dfree=release")).copies());
    assertEquals(List.of(), of(compile("other", own, hidden, "-Dmalloc=xmalloc")).copies());
    assertEquals(List.of(), of(compile("still", SLEEPER, "-static-pie")).copies());
  }

  @Test
  void aLibraryWithAHiddenMallocIsASecondAllocator() throws Exception {
    Path library = compile("libhidden.so", OTHER, "-shared", "-fPIC", "-fvisibility=hidden");
    MallocProvider provider = of(compile("user", SLEEPER, "-Wl,--no-as-needed", library + ""));
    assertEquals(Kind.GLIBC, provider.kind());
    assertEquals(library.toString(), provider.seconds().getFirst().file().name());
  }

  @Test
  void isGlibcInsideAStaticProgram() throws Exception {
    assertEquals(Kind.STATIC_GLIBC, of(compile("static", SLEEPER, "-static")).kind());
  }

  @Test
  void nothingReachesAnAllocatorBehindTheProviderThatHasNoFunctionOfItsOwn() throws Exception {
    assertEquals(Use.NO, ofEnded(SLEEPER).seconds().getFirst().use());
  }

  @Test
  void aFunctionThatTheProviderLacksLeadsToTheAllocatorBehindIt() throws Exception {
    SecondAllocator second =
        ofEnded("#include <malloc.h>\n" + SLEEPER.replace("malloc(100)", "pvalloc(100)"))
            .seconds()
            .getFirst();
    assertEquals(Use.UNKNOWN, second.use());
    assertTrue(second.evidence().startsWith("pvalloc of "), second.evidence());
  }

  @Test
  void soDoesOneThatALibraryOpenedLaterCalls() throws Exception {
    MallocProvider before = ofEnded(SLEEPER);
    String source = "void *pvalloc(unsigned long);\nvoid *get(void) { return pvalloc(1); }";
    Path plugin = compile("plugin.so", source, "-shared", "-fPIC");
    MallocProvider provider =
        new MallocProviders().later(Integer.MAX_VALUE, MappedFile.of(plugin), before);
    assertEquals(Use.UNKNOWN, provider.seconds().getLast().use());
    assertEquals(before.seconds().getFirst().file(), provider.seconds().getLast().file());
  }

  /** Judges a program that mapped two allocators, of which only the second has pvalloc. */
  private MallocProvider ofEnded(String source) throws Exception {
    Path first = compile("libfirst.so", OTHER, "-shared", "-fPIC");
    String more = OTHER + "void *pvalloc(size_t n) { return malloc(n); }";
    Path second = compile("libsecond.so", more, "-shared", "-fPIC");
    Path program = compile("ended", source);
    MallocProvider provider =
        new MallocProviders()
            .of(
                Integer.MAX_VALUE,
                List.of(
                    MappedFile.of(program),
                    MappedFile.of(first),
                    MappedFile.of(second),
                    MappedFile.of(libc())));
    assertEquals(first.toString(), provider.file());
    assertEquals(1, provider.seconds().size(), provider.toString());
    return provider;
  }

  private static Path libc() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines
          .map(line -> line.substring(Math.max(0, line.indexOf('/'))))
          .filter(GlibcNames::isLibc)
          .map(Path::of)
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void saysThatAProcessIsGone() {
    assertThrows(IOException.class, () -> new MallocProviders().of(Integer.MAX_VALUE));
  }

  private MallocProvider of(Path program) throws Exception {
    Process process = new ProcessBuilder(program.toString()).start();
    try {
      MallocProviders providers = new MallocProviders();
      MallocProvider provider = providers.of(process.pid());
      while (provider.kind() == Kind.NOT_YET || !provider.executable().equals(program + "")) {
        Thread.sleep(5);
        provider = providers.of(process.pid());
      }
      return provider;
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private Path compile(String name, String source, String... flags) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/cc")), "cc is not installed");
    Path file = Files.writeString(folder.resolve(name + ".c"), source);
    Path output = folder.resolve(name);
    List<String> words = new ArrayList<>(List.of("cc", "-O0", "-fno-builtin", "-o", output + ""));
    words.add(file.toString());
    words.addAll(List.of(flags));
    assertEquals(0, new ProcessBuilder(words).inheritIO().start().waitFor());
    return output.toRealPath();
  }
}
