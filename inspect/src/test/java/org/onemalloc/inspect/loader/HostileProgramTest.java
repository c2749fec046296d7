package org.onemalloc.inspect.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.inspect.archive.Tools;
import org.onemalloc.objectfile.ObjectFileException;

/** Files that somebody made up: one sentence, never another exception, never a hang. */
@Timeout(900)
class HostileProgramTest {
  @TempDir Path folder;

  /** What can be asked of a program; what is malformed is refused in one sentence. */
  static void askEverything(Path program) throws IOException {
    try {
      Namespace process = DynamicLoader.ofThisMachine().start(program, Map.of());
      process.bindings();
      process.dlopen(program);
      process.dlsym(process.program(), "malloc");
      process.dlsymNext(process.program(), "malloc");
      process.lazyBindings(process.program(), symbol -> true);
    } catch (ObjectFileException e) {
      assertTrue(e.getMessage().endsWith("."), e::getMessage);
      assertFalse(e.getMessage().contains("\n"), e::getMessage);
    }
  }

  private Path program(String code, String... options) throws Exception {
    new Scenario(folder).program(code, options);
    return folder.resolve("program");
  }

  @Test
  void everyTruncationIsRefusedOrRead() throws Exception {
    byte[] content = Files.readAllBytes(program(""));
    Path cut = folder.resolve("cut");
    for (int length = 0; length < content.length; length += length < 2048 ? 29 : 1009) {
      Files.write(cut, Arrays.copyOf(content, length));
      askEverything(cut);
    }
  }

  @Test
  void flippedBytesAreRefusedOrRead() throws Exception {
    byte[] content = Files.readAllBytes(program(""));
    Random random = new Random(4711);
    Path flipped = folder.resolve("flipped");
    for (int i = 0; i < 150; i++) {
      byte[] copy = content.clone();
      for (int j = 0; j < 1 + i % 4; j++) {
        copy[random.nextInt(j % 2 == 0 ? 0x1000 : copy.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Files.write(flipped, copy);
      askEverything(flipped);
    }
  }

  @Test
  void filtersThatFilterEachOtherComeToAnEnd() throws Exception {
    Scenario scenario = new Scenario(folder);
    scenario.library("liba.so", "", "-Wl,-F,libb.so").library("libb.so", "", "-Wl,-F,liba.so");
    scenario.program("", "liba.so");
    assertEquals(
        2,
        scenario.model().objects().stream()
            .filter(object -> object.name().matches(".*/lib[ab]\\.so"))
            .count());
  }

  @Test
  void aPathOfAHundredThousandDirectoriesIsRefused() throws Exception {
    StringBuilder path = new StringBuilder("-Wl,-rpath,x");
    for (int i = 0; i < 12_000; i++) {
      path.append(":/").append(Integer.toString(i, 36));
    }
    Scenario scenario = new Scenario(folder).without("LD_LIBRARY_PATH");
    String[] needed = new String[21];
    for (int i = 0; i < 20; i++) {
      scenario.library("libn" + i + ".so", "");
      needed[i] = "libn" + i + ".so";
    }
    needed[20] = path.toString();
    ObjectFileException refusal =
        assertThrows(ObjectFileException.class, () -> scenario.program("", needed));
    assertTrue(refusal.getMessage().contains("more than any program needs"), refusal::getMessage);
  }

  @Test
  void staticProgramsAndOtherFilesAreRefusedInOneSentence() throws Exception {
    DynamicLoader loader = DynamicLoader.ofThisMachine();
    Path text = Files.writeString(folder.resolve("text"), "#!/bin/sh\n");
    assertThrows(ObjectFileException.class, () -> loader.start(text, Map.of()));
    Path still = program("");
    new ProcessBuilder("cc", "-static", "-o", still + ".static", still + ".c")
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("log").toFile())
        .start()
        .waitFor();
    ObjectFileException refusal =
        assertThrows(
            ObjectFileException.class, () -> loader.start(Path.of(still + ".static"), Map.of()));
    assertTrue(refusal.getMessage().contains("not dynamically linked"), refusal::getMessage);
  }

  @Test
  void aLoaderThatIsNotHereIsNamed() throws Exception {
    Tools.find("cc");
    ObjectFileException refusal =
        assertThrows(
            ObjectFileException.class, () -> program("", "-Wl,--dynamic-linker,/nowhere/ld.so"));
    assertTrue(refusal.getMessage().contains("/nowhere/ld.so"), refusal::getMessage);
  }
}
