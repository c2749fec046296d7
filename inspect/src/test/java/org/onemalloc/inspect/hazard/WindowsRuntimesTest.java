package org.onemalloc.inspect.hazard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.inspect.archive.Tools;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.result.NativeModule.Role;
import org.onemalloc.inspect.windows.WindowsModule;

/** Import tables of Windows DLLs, and DLLs that Wine runs, for no Windows is at hand. */
@Tag("long")
class WindowsRuntimesTest {
  private static final String COMPILER = "x86_64-w64-mingw32-gcc";

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  @Test
  void aBlockOfOneRuntimeStaysInItsHeapWhenAnotherIsToFreeIt() throws Exception {
    Tools.find(COMPILER);
    Tools.find("wine");
    Workshop workshop = new Workshop(folder);
    String host = folder.resolve("host.exe").toString();
    String source = Path.of("src/test/c/hazards/windows_host.c").toAbsolutePath().toString();
    Tools.run(List.of(COMPILER, "-O1", "-o", host, source));
    Path mixed = client("mixed.dll", "msvcrt.dll", "ucrtbase.dll");
    Path repaired = client("repaired.dll", "msvcrt.dll", "msvcrt.dll");
    assertEquals(List.of(Severity.DANGER), judge(WindowsModule.of("m", read(mixed)).module()));
    assertEquals(List.of(), judge(WindowsModule.of("r", read(repaired)).module()));
    Map<String, String> wine =
        Map.of("WINEPREFIX", folder.resolve("prefix").toString(), "WINEDEBUG", "-all");
    try {
      // Wine says first that it makes its directory.
      String leaks = workshop.run(wine, List.of("wine", host, mixed.toString())).output();
      String frees = workshop.run(wine, List.of("wine", host, repaired.toString())).output();
      assertTrue(leaks.contains("given: msvcrt.dll"), leaks);
      assertTrue(leaks.contains("taken: msvcrt.dll"), leaks);
      assertTrue(frees.contains("given: msvcrt.dll"), frees);
      assertTrue(frees.contains("taken:") && !frees.contains("taken: "), frees);
    } finally {
      var _ = workshop.run(wine, List.of("wineserver", "-k"));
      var _ = workshop.run(wine, List.of("wineserver", "-w"));
      removeDrives();
    }
  }

  /** Wine's drives are links, one of them to the root. */
  private void removeDrives() throws IOException {
    try (var drives = Files.newDirectoryStream(folder.resolve("prefix/dosdevices"))) {
      for (Path drive : drives) {
        Files.delete(drive);
      }
    }
  }

  private static byte[] read(Path file) throws IOException {
    return Files.readAllBytes(file);
  }

  /** A DLL that allocates with one runtime and frees with another. */
  private Path client(String name, String allocates, String frees) throws Exception {
    Path dll = folder.resolve(name);
    String first = importLibrary(name + "1", allocates, "first_malloc == malloc");
    String second = importLibrary(name + "2", frees, "second_free == free");
    String source = Path.of("src/test/c/hazards/windows_client.c").toAbsolutePath().toString();
    List<String> command = new ArrayList<>(List.of(COMPILER, "-shared", "-nostdlib", "-e", "0"));
    command.addAll(List.of("-o", dll.toString(), source, first, second));
    Tools.run(command);
    return dll;
  }

  private String importLibrary(String name, String dll, String export) throws Exception {
    Path definition = folder.resolve(name + ".def");
    String library = folder.resolve("lib" + name + ".a").toString();
    Files.writeString(definition, "LIBRARY %s\nEXPORTS\n  %s\n".formatted(dll, export));
    String tool = "x86_64-w64-mingw32-dlltool";
    Tools.run(List.of(tool, "-d", definition.toString(), "-l", library));
    return library;
  }

  @Test
  void aRuntimeThatIsLinkedInIsNoted() throws Exception {
    Tools.find(COMPILER);
    Path dll = folder.resolve("own.dll");
    String source = Path.of("src/test/c/hazards/windows_own_heap.c").toAbsolutePath().toString();
    Tools.run(
        List.of(
            COMPILER,
            "-shared",
            "-nostdlib",
            "-e",
            "0",
            "-o",
            dll.toString(),
            source,
            "-lkernel32"));
    NativeModule module = WindowsModule.of("own.dll", read(dll)).module();
    assertEquals(
        List.of("kernel32.dll"),
        module.calls().stream().flatMap(call -> call.provider().stream()).distinct().toList());
    assertEquals(List.of(Severity.NOTE), judge(module));
  }

  @Test
  void mallocOfOneRuntimeAndFreeOfAnotherIsADanger() {
    assertEquals(List.of(Severity.DANGER), judge("msvcrt.dll", "ucrtbase.dll"));
    assertEquals(List.of(Severity.DANGER), judge("ucrtbase.dll", "ucrtbased.dll"));
    assertEquals(List.of(Severity.DANGER), judge("msvcr100.dll", "msvcrt.dll"));
  }

  @Test
  void runtimesThatShareTheProcessHeapAreNoted() {
    assertEquals(List.of(Severity.NOTE), judge("msvcr120.dll", "ucrtbase.dll"));
  }

  @Test
  void oneRuntimeIsNoHazard() {
    assertEquals(List.of(), judge("ucrtbase.dll", "ucrtbase.dll"));
    assertEquals(List.of(), judge("msvcrt.dll", "kernel32.dll"));
  }

  private static List<Severity> judge(String... providers) {
    List<Call> calls =
        Arrays.stream(providers)
            .map(dll -> new Call("free", Optional.empty(), false, Optional.of(dll)))
            .toList();
    NativeModule module =
        new NativeModule("a.dll", "pe", "x86-64", Role.GUEST, calls, List.of(), List.of());
    return judge(module);
  }

  private static List<Severity> judge(NativeModule module) {
    return Hazards.of(Subject.of(List.of(new Part(module, Optional.empty(), Arrival.LOOSE))))
        .stream()
        .map(Hazard::severity)
        .toList();
  }
}
