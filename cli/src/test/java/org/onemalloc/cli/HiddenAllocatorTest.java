package org.onemalloc.cli;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.onemalloc.cli.PlantedAllocatorTest.compare;
import static org.onemalloc.cli.PlantedAllocatorTest.squeezed;
import static org.onemalloc.cli.PlantedAllocatorTest.wrong;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

/**
 * Tests runs in which another allocator serves a process although the malloc of the process seems
 * to be that of the variant: another file at the path of the library, a second allocator beside it,
 * a part of the malloc family. No such run is called proven.
 */
@Tag("slow")
class HiddenAllocatorTest {
  private static final String HEAD =
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <stdlib.h>
      #include <string.h>
      #include <unistd.h>
      """;

  private static final String POOL =
      """
      #include <stddef.h>
      static char room[1 << 20];
      static size_t used;
      static void *take(size_t n) { void *p = room + used; used += (n + 15) & ~15; return p; }
      """;

  private static final String WHOLE =
      POOL + "void *malloc(size_t n) { return take(n); }\nvoid free(void *p) {}\n";

  @TempDir Path folder;

  @BeforeEach
  void letOthersRead() throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void inAPluginThatBindsToItsOwn() throws Exception {
    Path other = library("libother.so", WHOLE);
    Path plugin =
        library("plugin.so", "#include <stdlib.h>\nvoid *get(void) { return malloc(9); }", other);
    String source =
        """
        int main(void) {
          void *plugin = dlopen("%s", RTLD_NOW | RTLD_DEEPBIND);
          void *(*get)(void) = (void *(*)(void)) dlsym(plugin, "get");
          memset(get(), 1, 9);
          return usleep(2000000);
        }
        """
            .formatted(plugin);
    Path program = program("host", source);
    String found = "also allocates with " + other + ": malloc of " + plugin + " is bound to it";
    wrong("system", "host", found, program.toString());
    // There it is opened without the flag, and malloc is mimalloc's.
    notProven("mimalloc", "is unknown: it was opened while the process ran", program.toString());
  }

  /** Java libraries extract their native part, load it, and remove it at once. */
  @Test
  void notInALibraryThatIsRemovedOnceItIsLoaded() throws Exception {
    Path library = library("libplain.so", "int plain(void) { return 1; }");
    for (int time : new int[] {1_500_000, 100_000}) {
      String source =
          """
          int main(void) {
            system("cp %1$s %1$s.copy");
            void *library = dlopen("%1$s.copy", RTLD_NOW);
            unlink("%1$s.copy");
            return library ? usleep(%2$d) : 1;
          }
          """
              .formatted(library, time);
      Path program = program("extracts", source);
      Result result = compare("system,mimalloc", program.toString());
      assertAll(
          () -> assertTrue(result.out().contains("✓ system"), result.out()),
          () -> assertTrue(result.out().contains("✓ mimalloc"), result.out()));
    }
  }

  @Test
  void behindPointersFromDlsym() throws Exception {
    Path other = library("libother.so", WHOLE);
    String found = "allocates with " + other + " is unknown";
    for (int time : new int[] {700_000, 0}) {
      String source =
          """
          int main(void) {
            void *other = dlopen("%s", RTLD_NOW | RTLD_LOCAL);
            void *(*get)(size_t) = (void *(*)(size_t)) dlsym(other, "malloc");
            memset(get(9), 1, 9);
            return usleep(%d);
          }
          """
              .formatted(other, time);
      Path program = program("host", source);
      notProven("system", found, program.toString());
      notProven("mimalloc", found, program.toString());
    }
  }

  @Test
  void inASecondCopyOfTheCLibrary() throws Exception {
    String source =
        """
        int main(void) {
          void *libc = dlmopen(LM_ID_NEWLM, "libc.so.6", RTLD_NOW);
          void *(*get)(size_t) = (void *(*)(size_t)) dlsym(libc, "malloc");
          memset(get(9), 1, 9);
          return usleep(2000000);
        }
        """;
    Path program = program("host", source);
    notProven("system", "it is loaded twice", program.toString());
    wrong("mimalloc", "host", "also allocates with glibc's malloc", program.toString());
  }

  @Test
  void behindAnAuditor() throws Exception {
    Path auditor = library("auditor.so", "unsigned la_version(unsigned v) { return v; }");
    String command = "LD_AUDIT=" + auditor + " sleep .7; :";
    notProven("system", " is unknown: it ", "sh", "-c", command);
  }

  @Test
  void inALibraryWithAPartOfTheFamily() throws Exception {
    String source = POOL + "void *calloc(size_t n, size_t m) { return take(n * m); }";
    Path part = library("part.so", source + "\nvoid free(void *p) {}\n");
    String first = "LD_PRELOAD=%s:$LD_PRELOAD sleep .7; :".formatted(part);
    String found = "also allocates with " + part + ": it precedes the provider of malloc";
    wrong("system", "sleep", found, "sh", "-c", first);
    wrong("mimalloc", "sleep", found + " and defines calloc, free", "sh", "-c", first);
    String brief = "LD_PRELOAD=%s:$LD_PRELOAD sleep 0; :".formatted(part);
    wrong("system", "sleep", found, "sh", "-c", brief);
  }

  @Test
  void inALibraryWithOperatorsAlone() throws Exception {
    String source = POOL + "void *_Znwm(size_t n) { return take(n); }\nvoid _ZdlPv(void *p) {}\n";
    Path operators = library("operators.so", source);
    String command = "LD_PRELOAD=$LD_PRELOAD:%s sleep .7; :".formatted(operators);
    wrong("system", "sleep", "defines operator delete, operator new", "sh", "-c", command);
    String first = "LD_PRELOAD=%s:$LD_PRELOAD sleep .7; :".formatted(operators);
    wrong("mimalloc", "sleep", "defines operator delete, operator new", "sh", "-c", first);
  }

  /** The guest's blocks are those of the glibc inside it, whatever the emulator itself runs on. */
  @Test
  void inAProgramThatIsEmulated() throws Exception {
    Tools.require("qemu-aarch64");
    Tools.require("aarch64-linux-gnu-gcc");
    Path source =
        Files.writeString(
            folder.resolve("guest.c"),
            """
            #include <stdlib.h>
            #include <unistd.h>
            int main(int count, char **words) {
              char *block = malloc(9);
              if (count > 1) { block[0] = 'r'; write(1, block, 1); pause(); }
              return block == 0;
            }
            """);
    Path guest = folder.resolve("guest");
    List<String> compiler =
        List.of("aarch64-linux-gnu-gcc", "-static", "-o", guest + "", source + "");
    assertEquals(0, new ProcessBuilder(compiler).inheritIO().start().waitFor());
    notProven("mimalloc", "emulates another program", "qemu-aarch64", guest.toString());
    notProven("system", "emulates another program", "qemu-aarch64", guest.toString());
    Result run = Onemalloc.run("run", "--", "qemu-aarch64", guest.toString());
    assertTrue(run.err().contains("emulates another program"), run.err());
    Process emulator = new ProcessBuilder("qemu-aarch64", guest.toString(), "wait").start();
    try {
      assertEquals('r', emulator.getInputStream().read());
      Result inspected =
          Onemalloc.run("inspect", "--expect", "system", Long.toString(emulator.pid()));
      assertEquals(1, inspected.exitCode(), inspected.out());
      assertTrue(inspected.err().contains("emulates another program"), inspected.err());
    } finally {
      emulator.destroyForcibly().waitFor();
    }
  }

  /** It frees what others gave it, and serves the operators from its own. */
  @Test
  void inOperatorsOfALibraryThatCallsFreeAlone() throws Exception {
    String source = POOL + "void free(void *);\nvoid *_Znwm(size_t n) { return take(n); }\n";
    Path operators = library("operators.so", source + "void done(void *p) { free(p); }\n");
    String first = "LD_PRELOAD=%s:$LD_PRELOAD sleep .7; :".formatted(operators);
    wrong("mimalloc", "sleep", "defines operator new", "sh", "-c", first);
  }

  @Test
  void acceptsOperatorsThatPassOnToMalloc() throws Exception {
    String source = "#include <stdlib.h>\nvoid *_Znwm(size_t n) { return malloc(n); }\n";
    Path operators = library("operators.so", source);
    proven("system", "sh", "-c", "LD_PRELOAD=" + operators + " sleep .7; :");
  }

  @Test
  void inAnotherFileAtThePathOfTheLibrary() throws Exception {
    requireRoot("unshare");
    Path library = library("liballocator.so", whole());
    Path other = library("libother.so", whole());
    String[] command = {"unshare", "-m", "sh", "-c", ""};
    String mount = "mount --bind %s %s; ".formatted(other, library);
    command[4] = mount + "sleep .7; :";
    wrong(library + "", "sleep", "another file at the path " + library, command);
    command[4] = mount + "sleep 0; :";
    notProven(library + "", "was removed or replaced before it could be read", command);
  }

  @Test
  void inALibraryThatIsRewrittenMeanwhile() throws Exception {
    Path library = library("liballocator.so", whole());
    Path other = library("libother.so", whole());
    String command = "dd if=%s of=%s conv=notrunc; sleep .2; :".formatted(other, library);
    notProven(library.toString(), "was changed after it was chosen", "sh", "-c", command);
  }

  @Test
  void inALibraryWithoutAFile() throws Exception {
    Tools.require("python3");
    Path other = library("libother.so", whole());
    String program =
        """
        import os, time
        copy = os.memfd_create("copy", 0)
        os.write(copy, open("%s", "rb").read())
        os.environ["LD_PRELOAD"] = "/proc/self/fd/%%d" %% copy
        os.execvp("sleep", ["sleep", ".7"])
        """
            .formatted(other);
    notProven("system", "memfd:copy", "python3", "-c", program);
    String removed =
        "cp %s %s.2; (sleep .3; rm %s.2) & LD_PRELOAD=%s.2 sleep .7; wait"
            .formatted(other, other, other, other);
    wrong("system", "sleep", other + ".2", "sh", "-c", removed);
  }

  @Test
  void inAnotherRootDirectory() throws Exception {
    requireRoot("chroot");
    Path other = library("libother.so", whole());
    Path root = root();
    // The same path leads to a plain program outside and to a linked one inside, or the reverse.
    String source = "int main(int count, char **words) { free(malloc(9)); return usleep(%s); }";
    for (String time : new String[] {"700000", "0"}) {
      Path plain = program("alike", source.formatted(time));
      Path linked = program("linked", source.formatted(time), "-Wl,--no-as-needed", other + "");
      Path same = root.resolve(plain.toString().substring(1));
      Files.createDirectories(same.getParent());
      Files.copy(linked, same, REPLACE_EXISTING);
      Files.copy(other, root.resolve(other.toString().substring(1)), REPLACE_EXISTING);
      Result found = compare("system", "sh", "-c", "chroot " + root + " " + plain + "; :");
      assertFalse(found.out().contains("✓ system"), found.out() + found.err());
      Files.copy(plain, same, REPLACE_EXISTING);
      Files.copy(linked, plain, REPLACE_EXISTING);
      if (!time.equals("0")) {
        proven("system", "sh", "-c", "chroot " + root + " " + plain + "; :");
      }
    }
  }

  @Test
  void leavesAStaticProgramThatAllocatesNothingInPeace() throws Exception {
    assumeTrue(System.getProperty("os.arch").equals("amd64"), "it is written for x86-64");
    String source =
        """
        void _start(void) {
          long time[2] = {0, 700000000};
          long result = 35;
          __asm__ volatile("syscall" : "+a"(result) : "D"(time), "S"(0) : "rcx", "r11", "memory");
          __asm__ volatile("syscall" : : "a"(60), "D"(0));
        }
        """;
    Path program = Tools.compile(folder, "bare", source, "-static", "-nostdlib");
    proven("system", "sh", "-c", program + "; :");
    proven("mimalloc", "sh", "-c", program + "; :");
  }

  private static void notProven(String variant, String what, String... command) throws Exception {
    Result result = compare(variant, command);
    assertAll(
        () -> assertFalse(result.out().contains("✓ "), result.out() + result.err()),
        () -> assertTrue(squeezed(result).contains(what), result.out() + result.err()));
  }

  private static void proven(String variant, String... command) throws Exception {
    Result result = compare(variant, command);
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertTrue(result.out().contains("✓ " + variant), result.out() + result.err());
  }

  private static void requireRoot(String tool) {
    Tools.require(tool);
    assumeTrue("root".equals(System.getProperty("user.name")), "only root may do that");
  }

  /** Returns the source of a library that can replace malloc in ordinary programs. */
  private static String whole() {
    return """
        #include <errno.h>
        #include <string.h>
        #include <sys/mman.h>
        """
        + POOL.replace("1 << 20", "1 << 26")
        + """
        static void *make(size_t n) {
          size_t *p = take(n + 32);
          p[1] = n;
          return p + 2;
        }
        void *malloc(size_t n) { return make(n); }
        void *calloc(size_t n, size_t m) { return memset(make(n * m), 0, n * m); }
        void *realloc(void *p, size_t n) {
          void *q = make(n);
          size_t before = p ? ((size_t *) p)[-1] : 0;
          return memcpy(q, p ? p : "", before < n ? before : n);
        }
        void free(void *p) {}
        size_t malloc_usable_size(void *p) { return p ? ((size_t *) p)[-1] : 0; }
        void *memalign(size_t a, size_t n) {
          char *p = make(n + a + 16);
          p += (a - (size_t) p % a) % a;
          ((size_t *) p)[-1] = n;
          return p;
        }
        void *aligned_alloc(size_t a, size_t n) { return memalign(a, n); }
        int posix_memalign(void **p, size_t a, size_t n) { *p = memalign(a, n); return 0; }
        void *valloc(size_t n) { return memalign(4096, n); }
        void *pvalloc(size_t n) { return memalign(4096, (n + 4095) & ~4095); }
        """;
  }

  private Path root() throws Exception {
    Path root = Files.createDirectory(folder.resolve("root"));
    Path any = program("any", "int main(void) { return 0; }");
    Process listing = new ProcessBuilder("ldd", any.toString()).start();
    for (String line :
        new String(listing.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList()) {
      String file = line.replaceAll(".*?(/\\S+).*", "$1").strip();
      if (file.startsWith("/")) {
        Path copy = root.resolve(file.substring(1));
        Files.createDirectories(copy.getParent());
        Files.copy(Path.of(file).toRealPath(), copy);
      }
    }
    return root;
  }

  private Path library(String name, String source, Path... needed) throws Exception {
    String[] flags = new String[4 + needed.length];
    flags[0] = "-shared";
    flags[1] = "-fPIC";
    flags[2] = "-fno-builtin";
    flags[3] = "-Wl,--no-as-needed";
    for (int i = 0; i < needed.length; i++) {
      flags[4 + i] = needed[i].toString();
    }
    return Tools.compile(folder, name, source, flags).toRealPath();
  }

  private Path program(String name, String source, String... flags) throws Exception {
    return Tools.compile(folder, name, HEAD + source, flags).toRealPath();
  }
}
