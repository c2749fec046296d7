package org.onemalloc.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks that the programs and libraries that tests need are installed, and compiles C programs.
 */
final class Tools {
  private Tools() {}

  static void require(String tool) {
    for (String directory : System.getenv("PATH").split(":", -1)) {
      if (Files.isExecutable(Path.of(directory, tool))) {
        return;
      }
    }
    assumeTrue(false, tool + " is not installed");
  }

  static void requireLibrary(String name, String library) {
    assumeTrue(
        Files.exists(Path.of("/usr/lib/x86_64-linux-gnu", library))
            || Files.exists(Path.of("/usr/lib/aarch64-linux-gnu", library))
            || Files.exists(Path.of("/usr/lib64", library)),
        name + " is not installed");
  }

  static Path compile(Path folder, String name, String source, String... flags)
      throws IOException, InterruptedException {
    require("cc");
    Path file = Files.writeString(folder.resolve(name + ".c"), source);
    Path output = folder.resolve(name);
    List<String> words = new ArrayList<>(List.of("cc", "-O1", "-o", output.toString()));
    words.add(file.toString());
    words.addAll(List.of(flags));
    Process compiler = new ProcessBuilder(words).inheritIO().start();
    if (compiler.waitFor() != 0) {
      throw new AssertionError(words + " failed");
    }
    return output;
  }

  static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** Makes a set-user-ID program of this user. */
  static Path setuid(Path folder) throws IOException {
    Path program = Files.copy(Path.of("/bin/true").toRealPath(), folder.resolve("setuid"));
    Files.setAttribute(program, "unix:mode", 04755);
    return program;
  }

  /** Returns a set-user-ID program of another user; only root can make one. */
  static String anothersSetuid(Path folder) throws IOException {
    if (!isRoot()) {
      assumeTrue(Files.exists(Path.of("/usr/bin/su")), "there is no /usr/bin/su");
      return "/usr/bin/su";
    }
    Path program = setuid(folder);
    Files.setAttribute(program, "unix:uid", 65534);
    Files.setAttribute(program, "unix:mode", 04755); // a change of the owner removes it
    return program.toString();
  }
}
