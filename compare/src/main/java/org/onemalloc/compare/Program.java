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
 * What a command really starts: the file to execute, and the first dynamically linked program that
 * comes of it when that file is a script.
 *
 * @param file what the kernel is asked to execute, absolute
 * @param elf the program that the loader loads: {@code file} itself, or a script's interpreter
 * @param object {@code elf}, read
 * @param loader the interpreter that {@code elf} names: glibc's loader
 * @param script whether {@code file} is a script
 * @param javaHomes the Java images that it is, or that a script is likely to start
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
   * Finds what a command starts.
   *
   * @param command a path, or a name to look for in PATH
   * @param environment the environment that the command will have
   * @throws CommandException if it is not there, or cannot be given another allocator by preloading
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

  /** Whether an interpreter is glibc's: its names in sysdeps/.../ldconfig.h and shlib-versions. */
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

  /** Whether this is {@code java} itself, which takes a JVM's flags as its first arguments. */
  boolean isJavaLauncher() {
    return isJava() && elf.getFileName().toString().equals("java");
  }

  /** The same program, of which is known now which Java images it starts. */
  Program starting(Set<Path> homes) {
    Set<Path> all = new LinkedHashSet<>(homes);
    all.addAll(javaHomes);
    return new Program(file, elf, object, loader, script, List.copyOf(all));
  }

  /** Returns whether it is likely to change its user while it keeps capabilities(7). */
  boolean keepsCapabilities() {
    if (script) {
      return ScriptText.of(file).keepsCapabilities();
    }
    return object.needed().stream().anyMatch(CAPABILITY_LIBRARIES::contains)
        && object.dynamicSymbols().stream()
            .anyMatch(symbol -> !symbol.isExported() && USER_CHANGES.contains(symbol.name()));
  }

  /** Whether this is a program of a Java image. */
  boolean isJava() {
    return !script && !javaHomes.isEmpty();
  }

  /**
   * Checks that a library is of the same machine as a program.
   *
   * @throws CommandException if it is not, or is no library
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
      // Not normalized: link/../name is beside what the link leads to.
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

  /** As shells do: a script that does not name an interpreter has no zero in its first line. */
  private static boolean isText(byte[] start) {
    for (byte b : start) {
      if (b == 0 || b == '\n') {
        return b != 0;
      }
    }
    return true;
  }

  /**
   * Returns the program that a script's first line names, or nothing if the file is a program.
   * {@code env NAME}, the usual indirection, leads to NAME, because that is what runs. A script
   * that names none is the shell's (execvp(3), "ENOEXEC").
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

  /** ld.so(8), "Secure-execution mode": such a program ignores LD_PRELOAD, silently. */
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
   * The Java image that the program belongs to. A script may start any: the one of JAVA_HOME and
   * the one in PATH are the likely ones.
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
