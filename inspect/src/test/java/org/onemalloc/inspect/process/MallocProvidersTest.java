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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.inspect.process.MallocProvider.Kind;

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
    assertTrue(GlibcHeap.isLibc(provider.file()), provider.file());
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
  void isGlibcInsideAStaticProgram() throws Exception {
    assertEquals(Kind.STATIC_GLIBC, of(compile("static", SLEEPER, "-static")).kind());
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
