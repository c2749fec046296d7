package org.onemalloc.natives;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.objectfile.elf.ElfFile;

/** Tests what a link step adds, leaves unchanged and refuses. */
@Tag("slow")
class LinkStepTest {
  private static final String USES_SEAM =
      """
      #include "onemalloc.h"
      #include <stdio.h>
      int main(void) {
        struct onemalloc_statistics s;
        onemalloc_deallocate(onemalloc_allocate(64, 16), 64, 16);
        onemalloc_statistics(&s);
        printf("binding %s %s\\n", s.binding, s.allocator);
      }
      """;

  @TempDir Path folder;
  private Workshop shop;

  @BeforeEach
  void open() throws Exception {
    shop = new Workshop(folder);
    shop.write("main.c", USES_SEAM);
    shop.compile("main", "main.c");
  }

  private void assertRefused(int exitCode, Workshop.Result result, String... words)
      throws Exception {
    assertEquals(exitCode, result.exitCode(), result.all());
    for (String word : words) {
      assertTrue(result.err().contains(word), result.err());
    }
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> left = files.filter(f -> f.toString().contains("onemalloc-new")).toList();
      assertEquals(List.of(), left);
    }
  }

  @Test
  void aCrossCompilerGetsTheAllocatorOfItsProcessor() throws Exception {
    Workshop.require("aarch64-linux-gnu-gcc", "qemu-aarch64");
    Assumptions.assumeTrue(System.getProperty("os.arch").equals("amd64"), "why: not x86-64");
    String root = "/usr/aarch64-linux-gnu";
    String compiler = "aarch64-linux-gnu-gcc";
    String include = Workshop.HERE.resolve("include").toString();
    shop.succeed(compiler, "-O1", "-I", include, "-c", "main.c", "-o", "arm.o");
    for (String allocator : List.of("mimalloc", "jemalloc")) {
      Workshop.Result made =
          shop.link(
              "--kind", "executable", "-a", allocator, "--", compiler, "-o", allocator, "arm.o");
      assertEquals(0, made.exitCode(), made.all());
      assertTrue(made.err().contains("proven by the loader, run by qemu-aarch64 with"), made.err());
      assertEquals(
          "binding direct %s\n".formatted(allocator),
          shop.succeed("qemu-aarch64", "-L", root, shop.file(allocator).toString()));
    }
    String nowhere = "-Wl,--dynamic-linker=/nowhere/ld-linux-aarch64.so.1";
    Workshop.Result made =
        shop.link("--kind", "executable", "--", compiler, nowhere, "-o", "program", "arm.o");
    assertEquals(0, made.exitCode(), made.all());
    assertTrue(made.err().contains("proven by a model of the loader: the processor is aarch64"));
    assertRefused(
        2,
        shop.link("--kind", "executable", "-a", "tcmalloc", "--", compiler, "-o", "p", "arm.o"),
        "There is no tcmalloc for aarch64 here");
  }

  @Test
  void aLinkerThatFailsIsHeardAndLeavesWhatWasThere() throws Exception {
    shop.write("broken.c", "extern void nowhere(void); int main(void) { nowhere(); }");
    shop.compile("broken", "broken.c");
    shop.write("program", "old");
    assertRefused(
        1,
        shop.link("--kind", "executable", "--", "cc", "-o", "program", "broken.o"),
        "undefined reference to `nowhere'",
        "onemalloc: cc failed with exit code 1 and printed the lines above; program is unchanged");
    assertEquals("old", Files.readString(shop.file("program")));
    assertFalse(Files.exists(shop.file("lib")));
  }

  @Test
  void aLibraryThatBringsAnotherAllocatorIsNamed() throws Exception {
    Path jemalloc = Workshop.installed("libjemalloc.so.2", "libjemalloc2");
    assertRefused(
        1,
        shop.link(
            "--kind",
            "executable",
            "--",
            "cc",
            "-o",
            "program",
            "main.o",
            "-Wl,--no-as-needed",
            jemalloc.toString()),
        "Two allocators were chosen for program: libmimalloc.so by this command",
        "libjemalloc.so.2");
    assertFalse(Files.exists(shop.file("program")));
    assertFalse(Files.exists(shop.file("lib")));
  }

  @Test
  void whatLinksNothingItselfIsRefused() throws Exception {
    assertRefused(
        2,
        shop.link("--kind", "auto", "--", "env", "A=b", "cc", "-o", "program", "main.o"),
        "env does not link itself: put onemalloc link before the compiler");
    assertRefused(
        2, shop.link("--kind", "auto", "--", "go", "build"), "go does not link itself: give it");
    assertRefused(
        2,
        shop.link("--kind", "executable", "--", "cc", "-o", "nodir/program", "main.o"),
        "nodir/program cannot be made, because the directory " + shop.file("nodir"));
    assertFalse(Files.exists(shop.file("lib")));
  }

  /** The allocator that is shipped brings along what answers a JVM that the program opens. */
  @Test
  void anExecutableMayOpenAJvm() throws Exception {
    Path jdk = Path.of(System.getProperty("java.home"));
    Assumptions.assumeTrue(Files.exists(jdk.resolve("include/jni.h")), "this JDK has no jni.h");
    shop.write(
        "F.java",
        """
        import java.lang.foreign.*;
        public class F {
          public static void main(String[] words) throws Throwable {
            var linker = Linker.nativeLinker();
            var lookup = linker.defaultLookup();
            var duplicate = linker.downcallHandle(
                lookup.find("strdup").get(), FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS));
            var free = linker.downcallHandle(
                lookup.find("free").get(), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
            free.invoke((MemorySegment) duplicate.invoke(Arena.global().allocateFrom("x".repeat(2000))));
            System.out.println("freed");
          }
        }
        """);
    shop.run(jdk + "/bin/javac", shop.file("F.java").toString());
    shop.write(
        "host.c",
        """
        #include "onemalloc.h"
        #include <dlfcn.h>
        #include <jni.h>
        int main(int count, char **words) {
          onemalloc_deallocate(onemalloc_allocate(64, 16), 64, 16);
          void *library = dlopen(words[1], RTLD_NOW | RTLD_GLOBAL);
          jint (*create)(JavaVM **, void **, void *) = (jint (*)(JavaVM **, void **, void *))dlsym(library, "JNI_CreateJavaVM");
          JavaVMOption options[2] = {{"-Djava.class.path=.", 0}, {"--enable-native-access=ALL-UNNAMED", 0}};
          JavaVMInitArgs arguments = {JNI_VERSION_10, 2, options, 0};
          JavaVM *vm;
          JNIEnv *env;
          if (create(&vm, (void **)&env, &arguments) != 0) return 3;
          jclass f = (*env)->FindClass(env, "F");
          jmethodID run = (*env)->GetStaticMethodID(env, f, "main", "([Ljava/lang/String;)V");
          (*env)->CallStaticVoidMethod(env, f, run, (jobject)0);
          (*vm)->DestroyJavaVM(vm);
          return 0;
        }
        """);
    String include = "-I" + jdk.resolve("include");
    shop.compile("host", "host.c", include, include + "/linux");
    Workshop.Result made =
        shop.link("--kind", "executable", "--", "cc", "-o", "host", "host.o", "-ldl");
    assertEquals(0, made.exitCode(), made.all());
    Workshop.Result said = shop.run(shop.file("host") + "", jdk + "/lib/server/libjvm.so");
    assertEquals("freed\n", said.out(), said.all());
  }

  @Test
  void anObjectThatDefinesMallocIsNamed() throws Exception {
    shop.write(
        "own.c",
        """
        #include <stddef.h>
        static char heap[1 << 20];
        static size_t used;
        void *malloc(size_t n) { used += (n + 15) & ~(size_t)15; return heap + used - n; }
        void free(void *p) { (void)p; }
        """);
    shop.compile("own", "own.c");
    assertRefused(
        1,
        shop.link("--kind", "executable", "--", "cc", "-o", "program", "main.o", "own.o"),
        "Two allocators were chosen for program",
        "own.o, which defines malloc");
  }

  @Test
  void aSeamThatStaysOpenIsNamed() throws Exception {
    shop.write(
        "part.c", "extern void onemalloc_tomorrow(void); void go(void) { onemalloc_tomorrow(); }");
    shop.compile("part", "part.c");
    assertRefused(
        1,
        shop.link("--kind", "shared", "--", "cc", "-shared", "-o", "libpart.so", "part.o"),
        "libpart.so refers to onemalloc_tomorrow, which none of",
        "part.o");
    assertFalse(Files.exists(shop.file("libpart.so")));
  }

  @Test
  void anAllocatorOrAnArchiveForAnotherMachineIsRefused() throws Exception {
    Path jemalloc = Workshop.installed("libjemalloc.so.2", "libjemalloc2");
    byte[] bytes = Files.readAllBytes(jemalloc);
    bytes[18] = (byte) 183; // e_machine: EM_AARCH64
    Files.write(shop.file("foreign.so"), bytes);
    assertRefused(
        2,
        shop.link("--kind", "executable", "-a", "./foreign.so", "--", "cc", "-o", "p", "main.o")
                    .exitCode()
                == 2
            ? shop.link(
                "--kind",
                "executable",
                "-a",
                shop.file("foreign.so").toString(),
                "--",
                "cc",
                "-o",
                "p",
                "main.o")
            : null,
        "foreign.so is built for aarch64");
    byte[] object = Files.readAllBytes(shop.file("main.o"));
    object[18] = (byte) 183;
    Files.write(shop.file("foreign.o"), object);
    shop.succeed("ar", "rc", "libforeign.a", "foreign.o");
    assertRefused(2, shop.link("--kind", "static", "libforeign.a"), "libforeign.a is for aarch64");
  }

  @Test
  void whatIsNotALinkStepIsRefusedInOneSentence() throws Exception {
    assertRefused(
        2,
        shop.link("--kind", "executable", "--", "cc", "-c", "main.c"),
        "makes no final artifact");
    assertRefused(
        2,
        shop.link("--kind", "executable", "--", "cc", "-shared", "main.o"),
        "links a shared library");
    assertRefused(2, shop.link("--kind", "dll", "--", "cc", "main.o"), "There is no --kind dll");
    assertRefused(
        2,
        shop.link("--kind", "executable", "--", "no-such-cc", "main.o"),
        "no-such-cc was not found");
    assertRefused(2, shop.link("--kind", "static", "main.o"), "main.o is not a static library");
    assertRefused(2, shop.link("--kind", "static", "libnone.a"), "libnone.a does not exist");
    assertRefused(
        2,
        shop.link("--kind", "shared", "-a", "jemalloc", "--", "cc", "-shared", "main.o"),
        "chooses none");
  }

  @Test
  void aCompileStepAndARelocatableOneRunAsTheyAre() throws Exception {
    shop.linked("--kind", "auto", "--", "cc", "-c", "main.c", "-o", "again.o", "-I", include());
    shop.linked("--kind", "auto", "--", "cc", "-r", "-nostdlib", "-o", "several.o", "main.o");
    assertTrue(Files.exists(shop.file("several.o")));
    assertTrue(shop.linked("--kind", "auto", "--", "cc", "--version").contains("Free Software"));
  }

  private static String include() {
    return Workshop.HERE.resolve("include").toString();
  }

  @Test
  void anExecutableWhoseLibraryHasTheSeamUsesThatOnesBinding() throws Exception {
    shop.compile("part", "part.c");
    shop.compile("owner", "owner.c", "-w");
    shop.linked("--kind", "shared", "--", "cc", "-shared", "-o", "libpart.so", "part.o", "owner.o");
    shop.linked(
        "--kind",
        "executable",
        "-a",
        "jemalloc",
        "--",
        "cc",
        "-o",
        "program",
        "main.o",
        "-L.",
        "-Wl,--no-as-needed",
        "-lpart",
        "-Wl,-rpath,$ORIGIN");
    assertTrue(ElfFile.read(shop.file("program")).imports("onemalloc_allocate"));
    assertEquals("binding host jemalloc\n", shop.succeed(shop.file("program").toString()));
  }

  @Test
  void anArchiveThatHasTheBindingKeepsItAndIsDoneOnce() throws Exception {
    shop.compile("part", "part.c");
    shop.succeed("ar", "rcs", "libpart.a", "part.o");
    shop.linked("--kind", "static", "libpart.a");
    byte[] once = Files.readAllBytes(shop.file("libpart.a"));
    assertTrue(shop.linked("--kind", "static", "libpart.a").contains("nothing to do"));
    assertEquals(once.length, Files.size(shop.file("libpart.a")));
  }

  /** In a sticky directory, others can put a link under the name of the unfinished file. */
  @Test
  void nothingIsWrittenWhereOthersCanPutALink() throws Exception {
    shop.compile("part", "main.c");
    Path shared = Files.createDirectory(shop.file("shared"));
    shop.succeed("ar", "rcs", "shared/libpart.a", "part.o");
    byte[] archive = Files.readAllBytes(shared.resolve("libpart.a"));
    Path victim = shop.write("victim", "mine");
    for (String name : List.of("libpart.a", "libpart.so", "program")) {
      Files.createSymbolicLink(shared.resolve("." + name + ".onemalloc-new"), victim);
    }
    Files.setAttribute(shared, "unix:mode", 01777);
    for (String step :
        List.of(
            "static shared/libpart.a",
            "shared -- cc -shared -o shared/libpart.so part.o",
            "executable -- cc -o shared/program main.o",
            "executable -- cc -static -o shared/program main.o")) {
      Workshop.Result result = shop.link(("--kind " + step).split(" ", -1));
      assertEquals(2, result.exitCode(), result.all());
      assertTrue(result.err().contains("other users can write " + shared), result.err());
      assertEquals(1, result.err().lines().count(), result.err());
      assertEquals("mine", Files.readString(victim));
      assertArrayEquals(archive, Files.readAllBytes(shared.resolve("libpart.a")));
    }
    Files.setAttribute(shared, "unix:mode", 0755);
    assertEquals(0, shop.link("--kind", "static", "shared/libpart.a").exitCode());
    assertEquals("mine", Files.readString(victim));
    assertFalse(Files.isSymbolicLink(shared.resolve("libpart.a")));
  }

  @Test
  void everyLinkerOfThisMachineCanDoIt() throws Exception {
    for (String linker : List.of("bfd", "gold", "lld", "mold")) {
      if (shop.run("cc", "-fuse-ld=" + linker, "-o", "try", "main.o", "-Wl,--version").exitCode()
          == 0) {
        shop.linked(
            "--kind",
            "auto",
            "-a",
            "jemalloc",
            "--",
            "cc",
            "-fuse-ld=" + linker,
            "-o",
            linker,
            "main.o");
        assertEquals(
            "binding direct jemalloc\n", shop.succeed(shop.file(linker).toString()), linker);
      }
    }
  }

  @Test
  void aBareLinkerCanDoItForASharedLibrary() throws Exception {
    shop.compile("part", "part.c");
    shop.compile("owner", "owner.c", "-w");
    shop.linked(
        "--kind", "auto", "--", "ld", "-shared", "-o", "libpart.so", "part.o", "owner.o", "-lc");
    assertTrue(ElfFile.read(shop.file("libpart.so")).exports("onemalloc_allocate"));
  }

  @Test
  void cmakeTakesItAsLinkerLauncher() throws Exception {
    Workshop.require("cmake", "ninja");
    shop.write(
        "CMakeLists.txt",
        """
        cmake_minimum_required(VERSION 3.21)
        project(program C)
        include_directories(%s)
        add_library(part SHARED %s %s)
        add_executable(program main.c)
        """
            .formatted(include(), Workshop.source("part.c"), Workshop.source("owner.c")));
    shop.succeed(
        "cmake",
        "-G",
        "Ninja",
        "-B",
        "build",
        "-DCMAKE_C_LINKER_LAUNCHER=" + shop.script() + ";link;--kind;auto;-a;jemalloc;--");
    shop.succeed("cmake", "--build", "build");
    assertEquals("binding direct jemalloc\n", shop.succeed(shop.file("build/program").toString()));
    assertTrue(ElfFile.read(shop.file("build/libpart.so")).exports("onemalloc_allocate"));
  }

  /** The example in docs/native.md: the installed program starts, and is proven in its place. */
  @Test
  @Tag("long")
  void cmakeInstallsTheAllocatorWithTheProgram() throws Exception {
    Workshop.require("cmake", "ninja");
    shop.write(
        "CMakeLists.txt",
        """
        cmake_minimum_required(VERSION 3.21)
        project(app C)
        include(%s)
        include_directories(%s)
        add_executable(one main.c)
        add_executable(two main.c)
        set_target_properties(two PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
        onemalloc_link(one ALLOCATOR mimalloc)
        onemalloc_link(two ALLOCATOR jemalloc)
        onemalloc_install(one)
        onemalloc_install(two DESTINATION libexec)
        """
            .formatted(Workshop.HERE.resolve("cmake/onemalloc.cmake"), include()));
    shop.succeed(
        "cmake",
        "-G",
        "Ninja",
        "-B",
        "build",
        "-DONEMALLOC=" + shop.script(),
        "-DCMAKE_INSTALL_PREFIX=" + shop.file("prefix"));
    shop.succeed("cmake", "--build", "build");
    shop.succeed("cmake", "--install", "build");
    shop.succeed("rm", "-rf", "build");
    String one = shop.succeed(shop.file("prefix/bin/one").toString());
    assertTrue(one.contains("binding direct mimalloc"), one);
    String two = shop.succeed(shop.file("prefix/libexec/two").toString());
    assertTrue(two.contains("binding direct jemalloc"), two);
    shop.linked("--verify", shop.file("prefix/bin/one").toString());
    shop.linked("--verify", shop.file("prefix/libexec/two").toString());
    shop.succeed("rm", "-r", "prefix/bin/lib");
    assertRefused(
        1, shop.link("--verify", shop.file("prefix/bin/one").toString()), "copy lib/onemalloc");
  }

  @Test
  @Tag("long")
  void mesonTakesItBeforeTheCompiler() throws Exception {
    Workshop.require("meson", "ninja");
    shop.write(
        "meson.build",
        """
        project('program', 'c')
        executable('program', 'main.c', include_directories: include_directories('include'))
        """);
    shop.succeed("cp", "-r", include(), "include");
    shop.write(
        "onemalloc.ini",
        "[binaries]\nc = ['%s', 'link', '--kind', 'auto', '-a', 'jemalloc', '--', 'cc']\n"
            .formatted(shop.script()));
    shop.succeed("meson", "setup", "build", "--native-file", "onemalloc.ini");
    shop.succeed("ninja", "-C", "build");
    assertEquals("binding direct jemalloc\n", shop.succeed(shop.file("build/program").toString()));
  }

  @Test
  @Tag("long")
  void cargoHandsItToTheLastCrate() throws Exception {
    Workshop.require("cargo");
    Files.createDirectories(shop.file("app/src"));
    shop.write(
        "app/Cargo.toml",
        """
        [package]
        name = "app"
        version = "0.1.0"
        edition = "2021"
        [dependencies]
        onemalloc = { path = "%s" }
        """
            .formatted(Workshop.HERE.resolve("rust")));
    shop.write(
        "app/src/main.rs",
        """
        #[global_allocator]
        static HEAP: onemalloc::Heap = onemalloc::Heap;
        fn main() { println!("{}", vec![1, 2, 3].len()); }
        #[test]
        fn allocates() { assert_eq!(vec![1, 2, 3].len(), 3); }
        """);
    shop.linked(
        "--kind",
        "executable",
        "-a",
        "jemalloc",
        "--",
        "cargo",
        "rustc",
        "--offline",
        "--quiet",
        "--manifest-path",
        "app/Cargo.toml",
        "--target-dir",
        "target");
    assertEquals("3\n", shop.succeed(shop.file("target/debug/app").toString()));
    for (String command : List.of("build", "run", "test")) {
      String output =
          shop.linked(
              "--kind",
              "executable",
              "-a",
              "jemalloc",
              "--",
              "cargo",
              command,
              "--offline",
              "--manifest-path",
              "app/Cargo.toml",
              "--target-dir",
              command);
      assertTrue(!command.equals("run") || output.contains("3\n"), output);
      assertTrue(!command.equals("test") || output.contains("1 passed"), output);
    }
    assertEquals("3\n", shop.succeed(shop.file("build/debug/app").toString()));
    ElfFile built = ElfFile.read(shop.file("build/debug/app"));
    assertEquals("$ORIGIN/lib/onemalloc/libjemalloc.so", built.needed().getFirst());
  }

  /** The permanent setting in docs/native.md. */
  @Test
  void cargoTakesItFromItsConfiguration() throws Exception {
    Workshop.require("cargo");
    Files.createDirectories(shop.file("app/src"));
    Files.createDirectories(shop.file("app/.cargo"));
    shop.write("app/Cargo.toml", "[package]\nname = \"app\"\nversion = \"0.1.0\"\n");
    shop.write("app/src/main.rs", "fn main() { println!(\"{}\", vec![1, 2].len()); }");
    shop.write(
        "onemalloc-cc",
        "#!/bin/sh\nexec '%s' link --kind auto -a mimalloc -- cc \"$@\"\n"
            .formatted(shop.script()));
    shop.succeed("chmod", "+x", "onemalloc-cc");
    shop.write(
        "app/.cargo/config.toml",
        "[target.'cfg(target_os = \"linux\")']\nlinker = \"%s\"\n"
            .formatted(shop.file("onemalloc-cc")));
    shop.succeed("sh", "-c", "cd app && cargo build --offline --quiet");
    assertEquals("2\n", shop.succeed(shop.file("app/target/debug/app").toString()));
    ElfFile built = ElfFile.read(shop.file("app/target/debug/app"));
    assertEquals("$ORIGIN/lib/onemalloc/libmimalloc.so", built.needed().getFirst());
  }

  @Test
  void outputThatIsNotARegularFileGoesThroughUntouched() throws Exception {
    shop.write("probe.c", "int main(void) { return 0; }");
    shop.succeed("mkfifo", "pipe");
    for (String output : List.of("/dev/null", "pipe")) {
      Object before = Files.getAttribute(shop.file(output), "unix:mode");
      Workshop.Result result = shop.link("--kind", "auto", "--", "echo", "probe.c", "-o", output);
      assertEquals(0, result.exitCode(), result.all());
      assertEquals("probe.c -o " + output + "\n", result.out());
      assertEquals(before, Files.getAttribute(shop.file(output), "unix:mode"));
    }
    shop.write("real", "");
    Files.createSymbolicLink(shop.file("name"), shop.file("real"));
    shop.linked("--kind", "auto", "--", "cc", "probe.c", "-o", "name");
    assertTrue(Files.isSymbolicLink(shop.file("name")));
    shop.succeed(shop.file("real").toString());
  }

  @Test
  void readsASourceFromItsInput() throws Exception {
    shop.write("main.c", "int main(void) { return 0; }");
    shop.succeed(
        "sh",
        "-c",
        "'%s' link --kind executable -- cc -x c - -o piped < main.c".formatted(shop.script()));
    shop.succeed(shop.file("piped").toString());
    shop.succeed(
        "sh",
        "-c",
        "'%s' link --kind shared -- cc -shared -fPIC -xc - -o piped.so < main.c"
            .formatted(shop.script()));
  }

  @Test
  void aSharedLibraryWithAnAllocatorOfItsOwnIsNotMade() throws Exception {
    shop.write(
        "own.c",
        """
        #include <stddef.h>
        static char heap[1 << 20];
        static size_t used;
        void *malloc(size_t n) { used += (n + 15) & ~(size_t)15; return heap + used - n; }
        void free(void *p) { (void)p; }
        """);
    List<String> step = List.of("cc", "-shared", "-fPIC", "-fno-builtin", "own.c", "-o", "own.so");
    assertRefused(
        1,
        shop.link(
            Stream.concat(Stream.of("--kind", "shared", "--"), step.stream())
                .toArray(String[]::new)),
        "does not use its host's malloc alone",
        "defines free, malloc itself");
    assertFalse(Files.exists(shop.file("own.so")));
    Workshop.Result whole =
        shop.link(
            Stream.concat(Stream.of("--kind", "auto", "--"), step.stream()).toArray(String[]::new));
    assertEquals(0, whole.exitCode(), whole.all());
    assertTrue(whole.all().contains("defines free, malloc itself"), whole.all());
  }

  @Test
  @Tag("long")
  void rustLinksFullyStaticPrograms() throws Exception {
    Workshop.require("rustc");
    shop.write(
        "p.rs", "fn main() { println!(\"{}\", std::env::args().collect::<Vec<_>>().len()); }");
    for (String linker : List.of("bfd", "lld")) {
      Workshop.require("ld." + linker);
      shop.linked(
          "--kind",
          "executable",
          "-a",
          "jemalloc",
          "--",
          "rustc",
          "-O",
          "p.rs",
          "-C",
          "target-feature=+crt-static",
          "-C",
          "link-arg=-fuse-ld=" + linker);
      assertEquals("1\n", shop.succeed(shop.file("p").toString()));
      assertEquals(List.of(), ElfFile.read(shop.file("p")).needed());
    }
  }

  /** A direct binding names the provider of malloc if there is a loader to ask. */
  @Test
  void aLinkedExecutableNamesItsProvider() throws Exception {
    shop.write(
        "says.c",
        """
        #include "onemalloc.h"
        #include <stdio.h>
        int main(void) {
          struct onemalloc_statistics s;
          onemalloc_statistics(&s);
          printf("%s\\n", s.provider);
        }
        """);
    shop.linked("--kind", "executable", "--", "cc", "-I", include(), "says.c", "-o", "says");
    String provider = shop.succeed(shop.file("says").toString()).strip();
    assertTrue(provider.endsWith("lib/onemalloc/libmimalloc.so"), provider);
  }

  @Test
  void aProgramForMuslIsLinkedStaticallyOrRefused() throws Exception {
    Workshop.require("musl-gcc");
    shop.write("part.c", USES_SEAM.replace("int main(void)", "void go(void)"));
    shop.succeed("musl-gcc", "-fPIC", "-I", include(), "-c", "part.c", "-o", "part.o");
    shop.linked("--kind", "shared", "--", "musl-gcc", "-shared", "-o", "libpart.so", "part.o");
    shop.succeed("musl-gcc", "-o", "host", Workshop.source("host.c"), "-DRTLD_DEEPBIND=0");
    String output =
        shop.succeed(shop.file("host").toString(), shop.file("libpart.so").toString(), "go");
    assertTrue(output.contains("binding host malloc"), output);
    assertRefused(
        2,
        shop.link("--kind", "executable", "--", "musl-gcc", "-o", "program", "main.o"),
        "link with -static");
  }
}
