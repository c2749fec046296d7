package org.onemalloc.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onemalloc.allocators.JavaImage;
import org.onemalloc.compare.process.Posix;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * The program that a command starts: the file to execute and, if that file is a script, the
 * interpreter that runs it.
 *
 * @param file the absolute path of the file to execute
 * @param elf the program that the loader loads: {@code file} itself, or a script's interpreter
 * @param object the contents of {@code elf}
 * @param loader the ELF interpreter of {@code elf}: glibc's loader
 * @param script whether {@code file} is a script
 * @param javaHomes the Java image that the program belongs to, or those that a script is likely to
 *     start
 */
record Program(
    Path file, Path elf, ElfFile object, Path loader, boolean script, List<Path> javaHomes) {
  /** execve(2): the kernel follows at most this many interpreters. */
  private static final int MOST_INTERPRETERS = 4;

  private static final int SCRIPT_LINE_BYTES = 256;
  private static final String SHELL = "/bin/sh";

  private static final Set<String> CAPABILITY_LIBRARIES = Set.of("libcap.so.2", "libcap-ng.so.0");
  private static final Set<String> USER_CHANGES =
      Set.of("setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid");

  /**
   * Finds the program that a command starts.
   *
   * @param command a path, or a name to look up in PATH
   * @param environment the environment that the command will have
   * @throws CommandException if there is no such program, or an allocator cannot be preloaded into
   *     it
   */
  static Program of(String command, Map<String, String> environment) {
    Path file = find(command, environment);
    Path elf = file;
    boolean script = false;
    for (int i = 0; i <= MOST_INTERPRETERS; i++) {
      String interpreter = interpreter(elf);
      if (interpreter.isEmpty()) {
        return of(file, elf, script, environment);
      }
      script = true;
      elf = find(interpreter, environment);
    }
    throw CommandException.unusable(
        file + " is a script whose interpreters lead on without end; name the program itself.");
  }

  private static Program of(Path file, Path elf, boolean script, Map<String, String> environment) {
    refusePrivileged(elf);
    ElfFile object = read(elf);
    String loader =
        object
            .interpreter()
            .orElseThrow(
                () ->
                    CommandException.unusable(
                        elf
                            + " is statically linked: its malloc is inside and cannot be replaced;"
                            + " link it dynamically or build it with another allocator."));
    if (!isGlibcLoader(Path.of(loader))) {
      throw CommandException.unusable(
          elf
              + " is loaded by "
              + loader
              + ", which cannot be asked what it binds; only programs of glibc are supported.");
    }
    return new Program(
        file, elf, object, Path.of(loader), script, javaHomes(elf, script, environment));
  }

  /**
   * Returns whether a loader is glibc's, by the names in its sysdeps/.../ldconfig.h and
   * shlib-versions.
   */
  static boolean isGlibcLoader(Path loader) {
    String name = loader.getFileName().toString();
    return name.startsWith("ld-linux") || name.startsWith("ld64.so");
  }

  private static ElfFile read(Path elf) {
    try {
      return ElfFile.read(elf);
    } catch (ObjectFileException e) {
      throw CommandException.unusable(elf + " is not a program that Linux runs: " + e.getMessage());
    } catch (IOException e) {
      throw CommandException.unusable(elf + " cannot be read: " + e.getMessage());
    }
  }

  /**
   * Returns whether this is the {@code java} launcher, which takes a JVM's flags as its first
   * arguments.
   */
  boolean isJavaLauncher() {
    return isJava() && elf.getFileName().toString().equals("java");
  }

  /** Returns this program with additional Java images that it is known to start. */
  Program starting(Set<Path> homes) {
    Set<Path> all = new LinkedHashSet<>(homes);
    all.addAll(javaHomes);
    return new Program(file, elf, object, loader, script, List.copyOf(all));
  }

  /** Returns whether the program is likely to change its user and keep capabilities(7). */
  boolean keepsCapabilities() {
    if (script) {
      return ScriptText.of(file).keepsCapabilities();
    }
    return object.needed().stream().anyMatch(CAPABILITY_LIBRARIES::contains)
        && object.dynamicSymbols().stream()
            .anyMatch(symbol -> !symbol.isExported() && USER_CHANGES.contains(symbol.name()));
  }

  /** Returns whether the program belongs to a Java image. */
  boolean isJava() {
    return !script && !javaHomes.isEmpty();
  }

  /**
   * Checks that a library is for the same machine architecture as a program.
   *
   * @throws CommandException if the library is for another architecture or is not an ELF file
   */
  static void requireSameMachine(Path elf, ElfFile program, Path library) {
    ElfFile other = read(library);
    if (!other.machine().equals(program.machine()) || other.is64Bit() != program.is64Bit()) {
      throw CommandException.unusable(
          "%s is for %s, but %s is for %s."
              .formatted(library, other.machine().name(), elf, program.machine().name()));
    }
  }

  static Path find(String command, Map<String, String> environment) {
    if (command.indexOf('/') >= 0) {
      // Not normalized: after a symbolic link, ".." is the parent of the link's target.
      Path file = Path.of(command).toAbsolutePath();
      if (!Files.exists(file)) {
        throw CommandException.unusable(command + ": there is no such file.");
      }
      if (Files.isDirectory(file) || !Files.isExecutable(file)) {
        throw CommandException.unusable(command + " is not an executable file.");
      }
      return file;
    }
    for (String directory : environment.getOrDefault("PATH", "/usr/bin:/bin").split(":", -1)) {
      Path file = Path.of(directory.isEmpty() ? "." : directory, command).toAbsolutePath();
      if (Files.isExecutable(file) && !Files.isDirectory(file)) {
        return file;
      }
    }
    throw CommandException.unusable(command + ": not found in PATH.");
  }

  /**
   * Returns whether a file without "#!" is a script. As in shells, its first line contains no zero
   * byte.
   */
  private static boolean isText(byte[] start) {
    for (byte b : start) {
      if (b == 0 || b == '\n') {
        return b != 0;
      }
    }
    return true;
  }

  /**
   * Returns the interpreter that the first line of a script names, or an empty string if the file
   * is a program. For {@code env NAME} the result is NAME. A script without an interpreter is run
   * by the shell (execvp(3), "ENOEXEC").
   */
  private static String interpreter(Path file) {
    byte[] start;
    try (var in = Files.newInputStream(file)) {
      start = in.readNBytes(SCRIPT_LINE_BYTES);
    } catch (IOException e) {
      throw CommandException.unusable(file + " cannot be read: " + e.getMessage());
    }
    if (start.length >= 4 && start[0] == 0x7f) {
      return "";
    }
    if (start.length < 2 || start[0] != '#' || start[1] != '!') {
      if (isText(start)) {
        return SHELL;
      }
      throw CommandException.unusable(file + " is neither a program nor a script.");
    }
    String line = new String(start, 2, start.length - 2, StandardCharsets.ISO_8859_1);
    List<String> words =
        Arrays.stream(line.lines().findFirst().orElse("").strip().split("\\s+"))
            .filter(word -> !word.isEmpty())
            .toList();
    if (words.isEmpty()) {
      throw CommandException.unusable(file + " is a script that names no interpreter.");
    }
    if (!words.getFirst().endsWith("/env")) {
      return words.getFirst();
    }
    return words.stream()
        .skip(1)
        .filter(word -> !word.startsWith("-") && word.indexOf('=') < 0)
        .findFirst()
        .orElse(words.getFirst());
  }

  /**
   * Refuses a program with elevated privileges, for which the loader silently ignores LD_PRELOAD
   * (ld.so(8), "Secure-execution mode").
   */
  private static void refusePrivileged(Path elf) {
    int mode;
    try {
      mode = (int) Files.getAttribute(elf, "unix:mode");
    } catch (IOException | UnsupportedOperationException e) {
      throw CommandException.unusable(elf + " cannot be examined: " + e.getMessage());
    }
    if ((mode & 06000) != 0) {
      throw CommandException.unusable(
          elf + " is setuid or setgid: the loader ignores LD_PRELOAD for it.");
    }
    if (Posix.hasCapabilities(elf)) {
      throw CommandException.unusable(
          elf + " has file capabilities: the loader ignores LD_PRELOAD for it.");
    }
  }

  /**
   * Returns the Java image that the program belongs to. For a script, adds those of JAVA_HOME and
   * PATH, because a script is likely to start one of them.
   */
  private static List<Path> javaHomes(Path elf, boolean script, Map<String, String> environment) {
    Set<Path> homes = new LinkedHashSet<>();
    addHomeOf(elf, homes);
    if (script) {
      List<String> candidates = new ArrayList<>();
      candidates.add(environment.getOrDefault("JAVA_HOME", "") + "/bin/java");
      for (String directory : environment.getOrDefault("PATH", "").split(":", -1)) {
        candidates.add(directory + "/java");
      }
      candidates.stream()
          .map(Path::of)
          .filter(Files::isExecutable)
          .forEach(p -> addHomeOf(p, homes));
    }
    return List.copyOf(homes);
  }

  private static void addHomeOf(Path launcher, Set<Path> homes) {
    try {
      JavaImage.around(launcher).map(JavaImage::home).ifPresent(homes::add);
    } catch (IOException e) {
      return;
    }
  }
}
