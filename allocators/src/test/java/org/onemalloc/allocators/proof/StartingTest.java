package org.onemalloc.allocators.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.objectfile.elf.ElfFile;

/** How a program of another processor would be started: its root, and the emulator. */
class StartingTest {
  /**
   * A program of this machine stands for one of another: its loader is looked for in the same way.
   */
  private static final Path PROGRAM = Path.of(System.getProperty("java.home"), "bin", "java");

  @TempDir Path directory;
  private ElfFile program;
  private String loader;

  @BeforeEach
  void open() throws Exception {
    directory = directory.toRealPath();
    program = ElfFile.read(PROGRAM);
    loader = program.interpreter().orElseThrow().substring(1);
  }

  private Path root(String name) throws IOException {
    Path root = directory.resolve(name);
    Files.createDirectories(root.resolve(loader).getParent());
    Files.copy(Path.of("/" + loader), root.resolve(loader));
    return root;
  }

  @Test
  void takesTheNearestRootAboveTheProgram() throws Exception {
    Path root = root("root");
    Path inside = root.resolve("opt/app/bin/app");
    assertEquals(Optional.of(root), ForeignRoot.find(program, inside, Optional.empty()));
    assertEquals(Optional.of(root), ForeignRoot.find(program, inside, Optional.of("")));
  }

  @Test
  void takesTheRootThatTheUserNames() throws Exception {
    Path inside = root("root").resolve("app");
    Path named = root("named");
    assertEquals(
        Optional.of(named), ForeignRoot.find(program, inside, Optional.of(named.toString())));
    String nowhere = directory.resolve("nowhere").toString();
    assertEquals(Optional.empty(), ForeignRoot.find(program, inside, Optional.of(nowhere)));
  }

  @Test
  void takesNoRootThatAnotherUserCouldExchange() throws Exception {
    Path root = root("root");
    Files.setPosixFilePermissions(
        root.resolve(loader).getParent(),
        java.nio.file.attribute.PosixFilePermissions.fromString("rwxrwxrwx"));
    Optional<Path> found = ForeignRoot.find(program, root.resolve("app"), Optional.empty());
    assertTrue(found.filter(root::equals).isEmpty(), found.toString());
    Optional<String> named = Optional.of(root.toString());
    assertEquals(Optional.empty(), ForeignRoot.find(program, root.resolve("app"), named));
  }

  @Test
  void takesNoRootOfAnotherProcessor() throws Exception {
    Path root = root("root");
    byte[] bytes = Files.readAllBytes(root.resolve(loader));
    bytes[18] = (byte) 243; // e_machine: EM_RISCV
    Files.write(root.resolve(loader), bytes);
    Optional<String> named = Optional.of(root.toString());
    assertEquals(Optional.empty(), ForeignRoot.find(program, root.resolve("app"), named));
  }

  @Test
  void passesVariablesToTheEmulatedProgramOnly() throws Exception {
    Assumptions.assumeTrue(System.getProperty("os.arch").equals("amd64"), "why: not x86-64");
    Path emulator = Files.writeString(directory.resolve("qemu-x86_64-static"), "#!/bin/sh\n");
    assertTrue(Starting.emulated(program, directory, directory.toString()).isEmpty());
    assertTrue(emulator.toFile().setExecutable(true));
    assertTrue(Starting.emulated(program, directory, "relative:/nowhere").isEmpty());
    Starting starting =
        Starting.emulated(program, directory, "/nowhere:" + directory).orElseThrow();
    assertEquals("qemu-x86_64-static with the libraries of " + directory, starting.means());
    assertEquals(directory.resolve(loader), starting.loader(program));
    ProcessBuilder builder = starting.process(List.of("/app", "word"), Map.of("LD_DEBUG", "all"));
    assertEquals(
        List.of(
            emulator.toString(), "-L", directory.toString(), "-E", "LD_DEBUG=all", "/app", "word"),
        builder.command());
    assertEquals(Map.of(), builder.environment());
    assertThrows(IOException.class, () -> starting.process(List.of("/app"), Map.of("LD_X", "a,b")));
  }
}
