package org.onemalloc.inspect.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.inspect.Inspector;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.inspect.result.InspectException;
import org.onemalloc.inspect.result.Inspection;
import org.onemalloc.inspect.result.LiveState;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.result.NativeModule.Role;

/** Real processes; the truth is what each of them says of itself by dladdr(3). */
class LiveProcessTest {
  private static final Path JEMALLOC = Path.of("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2");

  /** Calls malloc and calloc, never realloc, and takes the address of free. */
  private static final String PROGRAM =
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <stdio.h>
      #include <stdlib.h>
      static void who(const char *name, void *address) {
        Dl_info info;
        if (dladdr(address, &info)) printf("%s %s\\n", name, realpath(info.dli_fname, NULL));
      }
      void (*volatile release)(void *) = free;
      int main(int count, char **arguments) {
        char *block = malloc(count + 10);
        if (arguments[1]) dlopen(arguments[1], RTLD_NOW | RTLD_DEEPBIND);
        if (count > 100) block = realloc(block, 20);
        release(block);
        setvbuf(stdin, NULL, _IONBF, 0);
        who("malloc", malloc);
        who("free", free);
        puts("ready");
        fflush(stdout);
        getchar();
        return 0;
      }
      """;

  private static final String LIBRARY =
      """
      #include <stdlib.h>
      void *keep(void) { return malloc(100); }
      void drop(void *block) { free(block); }
      """;

  @TempDir Path folder;
  private final List<Process> started = new ArrayList<>();

  /** Which file each function is in, by the process's own account. */
  private final Map<String, String> said = new HashMap<>();

  @AfterEach
  void end() throws Exception {
    for (Process process : started) {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void readsWhatTheLoaderHasBound() throws Exception {
    Inspection seen = inspect(compile("bound", PROGRAM, "-Wl,-z,now"), Map.of());
    NativeModule program = seen.modules().getFirst();
    assertEquals(Role.HOST, program.role());
    assertEquals(Optional.of(said.get("malloc")), provider(program, "malloc"));
    assertEquals(Optional.of(said.get("free")), provider(program, "free"));
    LiveState live = seen.live().orElseThrow();
    assertTrue(live.bindingsSeen());
    assertTrue(live.glibcArenaBytes().orElseThrow() > 0);
    assertEquals(Map.of(), live.settings());
  }

  @Test
  void tellsALazyCallThatWasNeverMadeFromABoundOne() throws Exception {
    NativeModule program =
        inspect(compile("lazy", PROGRAM, "-Wl,-z,lazy"), Map.of()).modules().getFirst();
    assertTrue(call(program, "realloc").pending());
    assertTrue(call(program, "realloc").provider().isEmpty());
    assertTrue(!call(program, "malloc").pending());
    assertTrue(provider(program, "malloc").orElseThrow().endsWith("/libc.so.6"));
  }

  @Test
  void followsTheEntryOfAPositionDependentProgramToTheRealFunction() throws Exception {
    Path program = compile("fixed", PROGRAM, "-no-pie", "-fno-pic", "-Wl,-z,now");
    Inspection seen = inspect(program, Map.of());
    for (NativeModule module : seen.modules()) {
      for (Call call : module.calls()) {
        call.provider().ifPresent(p -> assertTrue(p.endsWith("/libc.so.6"), call + ""));
      }
    }
  }

  @Test
  void seesAPreloadedAllocatorAndThatNothingEscapes() throws Exception {
    assumeTrue(Files.exists(JEMALLOC), "jemalloc is not installed");
    Inspection seen =
        inspect(
            compile("preloaded", PROGRAM, "-Wl,-z,now"),
            Map.of("LD_PRELOAD", JEMALLOC.toString(), "MALLOC_CONF", "narenas:1", "SECRET", "x"));
    String jemalloc = said.get("malloc");
    assertTrue(jemalloc.contains("jemalloc"), jemalloc);
    assertEquals(Optional.of(jemalloc), provider(seen.modules().getFirst(), "malloc"));
    NativeModule libc = module(seen, "/libc.so.6");
    assertEquals(Optional.of(jemalloc), provider(libc, "malloc"));
    assertTrue(module(seen, jemalloc).overrides().contains("malloc"));
    LiveState live = seen.live().orElseThrow();
    assertEquals(Optional.of(0L), live.glibcArenaBytes());
    assertEquals(
        Map.of("LD_PRELOAD", JEMALLOC.toString(), "MALLOC_CONF", "narenas:1"), live.settings());
  }

  @Test
  void saysThatAHeapIsUnknownAndWhy() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      GlibcHeapTest.mapOddLibc(folder, arena);
      Inspection seen = Inspector.observe(ProcessHandle.current().pid(), false);
      assertEquals(Optional.empty(), seen.live().orElseThrow().glibcArenaBytes());
      assertEquals(Optional.empty(), seen.live().orElseThrow().glibcMappedBytes());
      assertTrue(
          seen.notes().toString().contains("own heap holds is unknown: the layout"),
          seen.notes() + "");
    }
  }

  @Test
  void seesALibraryThatWasOpenedWithItsOwnScope() throws Exception {
    assumeTrue(Files.exists(JEMALLOC), "jemalloc is not installed");
    Path library = compile("libdeep.so", LIBRARY, "-shared", "-fPIC", "-Wl,-z,now");
    Inspection seen =
        inspect(
            compile("opens", PROGRAM, "-Wl,-z,now"),
            Map.of("LD_PRELOAD", JEMALLOC.toString()),
            library.toString());
    NativeModule deep = module(seen, "/libdeep.so");
    assertTrue(provider(deep, "malloc").orElseThrow().endsWith("/libc.so.6"));
    assertTrue(provider(seen.modules().getFirst(), "malloc").orElseThrow().contains("jemalloc"));
  }

  @Test
  void readsALibraryWhoseFileIsGone() throws Exception {
    Path library = compile("libgone.so", LIBRARY, "-shared", "-fPIC", "-Wl,-z,now");
    Process process = start(compile("keeps", PROGRAM), Map.of(), library.toString());
    Files.delete(library);
    Inspection seen = Inspector.observe(process.pid(), false);
    boolean read = seen.modules().stream().anyMatch(m -> m.name().contains("libgone.so"));
    boolean noted = seen.notes().stream().anyMatch(note -> note.contains("libgone.so"));
    assertTrue(read ^ noted, seen.notes().toString());
  }

  /** The kernel escapes newlines in the names of mapped files, but not carriage returns. */
  @Test
  void aCarriageReturnInTheNameOfAMappedFileEndsNoLine() throws Exception {
    String forged = "\r7ffc00000000-7ffc00001000 rw-p 00000000 00:00 0 [forged]\rEvil";
    Path mapped = Files.writeString(folder.resolve("data" + forged), "x".repeat(4096));
    String source =
        """
        #include <fcntl.h>
        #include <stdio.h>
        #include <sys/mman.h>
        int main(int count, char **arguments) {
          mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, open(arguments[1], O_RDONLY), 0);
          puts("ready");
          fflush(stdout);
          getchar();
        }
        """;
    Process process = start(compile("maps", source), Map.of(), mapped.toString());
    List<String> names = Mapping.of(process.pid()).stream().map(Mapping::file).toList();
    assertTrue(names.contains(mapped.toString()), names.toString());
    assertFalse(names.contains("[forged]"), names.toString());
    assertEquals(Role.HOST, Inspector.observe(process.pid(), false).modules().getFirst().role());
  }

  /** The kernel does not escape carriage returns in the name of a process either. */
  @Test
  void theNameOfAProcessDoesNotForgeItsOwner() throws Exception {
    String line = "printf '\\rUid:7 7 7 7' > /proc/self/comm; echo ready; read -r _";
    Process process = start(Path.of("/bin/bash"), Map.of(), "-c", line);
    String status = Files.readString(Path.of("/proc/" + process.pid() + "/status"));
    assumeTrue(status.contains("\rUid:7"), "this kernel shows the name otherwise");
    assertTrue(ProcessOwner.isThisUser(process.pid()));
  }

  @Test
  void aPreloadedLibraryThatWasUpgradedStillServes() throws Exception {
    assumeTrue(Files.exists(JEMALLOC), "jemalloc is not installed");
    assumeTrue("root".equals(System.getProperty("user.name")), "only root reads a removed file");
    Path library = Files.copy(JEMALLOC, folder.resolve("libold.so"));
    Map<String, String> environment = Map.of("LD_PRELOAD", library.toString());
    Process process = start(compile("upgraded", PROGRAM, "-Wl,-z,now"), environment);
    Path next = Files.copy(JEMALLOC, folder.resolve("libnew.so"));
    Files.move(next, library, StandardCopyOption.ATOMIC_MOVE);
    Inspection seen = Inspector.observe(process.pid(), false);
    assertEquals(Optional.of(library + ""), provider(seen.modules().getFirst(), "malloc"));
    assertEquals(
        List.of(),
        seen.hazards().stream().filter(h -> h.id().equals("preload-not-loaded")).toList());
  }

  @Test
  void aStaticProgramHasNoCallsToBind() throws Exception {
    Inspection seen =
        inspect(
            compile(
                "static",
                PROGRAM
                    .replace("dlopen(", "(void) (")
                    .replace("arguments[1], RTLD_NOW | RTLD_DEEPBIND", "arguments[1]")
                    .replace("dladdr(address, &info)", "0 && &info"),
                "-static",
                "-w"),
            Map.of());
    assertEquals(1, seen.modules().size());
    assertEquals(List.of(), seen.modules().getFirst().calls());
  }

  @Test
  void readsTheJavaVirtualMachineItRunsIn() throws Exception {
    Inspection seen = Inspector.observe(ProcessHandle.current().pid(), false);
    assertTrue(provider(module(seen, "/libjvm.so"), "malloc").isPresent());
    assertTrue(seen.live().orElseThrow().java().isPresent());
    assertEquals(Optional.empty(), seen.live().orElseThrow().java().get().mallocBytes());
  }

  @Test
  void oneSentenceForEachProcessThatCannotBeLookedAt() {
    assertSentence("There is no process 2147483646.", 2147483646L);
    assumeTrue(Files.exists(Path.of("/proc/2/maps")), "no kernel thread is seen here");
    assertSentence("a kernel thread", 2);
  }

  @Test
  void aUserWhoMayNotLookIsToldWhoMay() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can become another user");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "setpriv is not installed");
    assumeTrue(Files.isReadable(Path.of(System.getProperty("java.home"), "release")), "");
    Process root = start(compile("roots", PROGRAM), Map.of());
    Path output = folder.resolve("said");
    Process nobody =
        new ProcessBuilder(
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                InspectsProcess.class.getName(),
                Long.toString(root.pid()))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    started.add(nobody);
    assertTrue(nobody.waitFor(120, TimeUnit.SECONDS));
    assertTrue(
        Files.readString(output).contains("belongs to root and may not be inspected"),
        Files.readString(output));
  }

  /**
   * What kills it is told of before it has happened: the JDK's lookup is opened by its first use.
   */
  @Test
  void aJvmUnderAPreloadIsInDangerBeforeItHasLookedAnythingUp() throws Exception {
    assumeTrue(Files.exists(JEMALLOC), JEMALLOC + " is not installed");
    Process plain = startJvm(Map.of());
    assertTrue(dangers(plain).isEmpty(), dangers(plain).toString());
    Process preloaded = startJvm(Map.of("LD_PRELOAD", JEMALLOC.toString()));
    Inspection seen = Inspector.observe(preloaded.pid(), false);
    assertEquals(List.of("ffm-default-lookup"), dangers(preloaded));
    assertTrue(
        seen.modules().stream().noneMatch(module -> module.name().endsWith("libsyslookup.so")),
        "it is not in the process yet, and not listed");
  }

  private static List<String> dangers(Process process) {
    return Inspector.observe(process.pid(), false).hazards().stream()
        .filter(hazard -> hazard.severity() == Severity.DANGER)
        .map(Hazard::id)
        .toList();
  }

  private Process startJvm(Map<String, String> environment) throws Exception {
    String source =
        "class W { void main() throws Exception { IO.println(\"ready\"); IO.readln(); } }";
    Path file = Files.writeString(folder.resolve("W.java"), source);
    return start(
        Path.of(System.getProperty("java.home"), "bin", "java"), environment, file.toString());
  }

  private static void assertSentence(String part, long pid) {
    String said =
        assertThrows(InspectException.class, () -> Inspector.observe(pid, false)).getMessage();
    assertTrue(said.contains(part), said);
  }

  private static NativeModule module(Inspection seen, String end) {
    return seen.modules().stream().filter(m -> m.name().endsWith(end)).findFirst().orElseThrow();
  }

  private static Call call(NativeModule module, String symbol) {
    return module.calls().stream().filter(c -> c.symbol().equals(symbol)).findFirst().orElseThrow();
  }

  private static Optional<String> provider(NativeModule module, String symbol) {
    return call(module, symbol).provider();
  }

  private Inspection inspect(Path program, Map<String, String> environment, String... arguments)
      throws Exception {
    return Inspector.observe(start(program, environment, arguments).pid(), false);
  }

  /** Starts a program and waits until it has said what it says. */
  private Process start(Path program, Map<String, String> environment, String... arguments)
      throws Exception {
    List<String> words = new ArrayList<>(List.of(program.toString()));
    words.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    started.add(process);
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    for (String line = out.readLine(); !"ready".equals(line); line = out.readLine()) {
      assertTrue(line != null, program + " ended");
      said.put(line.substring(0, line.indexOf(' ')), line.substring(line.indexOf(' ') + 1));
    }
    return process;
  }

  private Path compile(String name, String source, String... flags) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/cc")), "cc is not installed");
    Path file = Files.writeString(folder.resolve(name + ".c"), source);
    Path output = folder.resolve(name);
    List<String> words = new ArrayList<>(List.of("cc", "-O1", "-fno-builtin", "-o", output + ""));
    words.add(file.toString());
    words.addAll(List.of(flags));
    words.add("-ldl");
    assertEquals(0, new ProcessBuilder(words).inheritIO().start().waitFor(), words.toString());
    return output;
  }
}
