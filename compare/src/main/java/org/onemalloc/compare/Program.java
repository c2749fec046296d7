package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onemalloc.allocators.JavaImage;
import org.onemalloc.inspect.Forecast;
import org.onemalloc.inspect.SecureExecution;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfPrograms;
import org.onemalloc.objectfile.elf.ElfType;

/**
 * The program that a command starts: the file to execute and, if that file is a script, the
 * interpreter that runs it.
 *
 * @param file the absolute path of the file to execute
 * @param elf the program that the loader loads: {@code file} itself, or a script's interpreter
 * @param object the contents of {@code elf}
 * @param loader the ELF interpreter of {@code elf}: glibc's loader or musl's
 * @param script whether {@code file} is a script
 * @param wrapped whether {@code file} is a statically linked wrapper that starts {@code elf}
 * @param mayFilter whether the words of its command leave open that it installs a filter of system
 *     calls
 * @param javaHomes the Java image that the program belongs to, or those that a script is likely to
 *     start
 */
record Program(
    Path file,
    Path elf,
    ElfFile object,
    Path loader,
    boolean script,
    boolean wrapped,
    boolean mayFilter,
    List<Path> javaHomes) {
  /** What Java has in place of a byte that is not UTF-8. */
  private static final char NOT_UTF_8 = '\ufffd';

  /** execve(2): the kernel follows at most this many interpreters. */
  private static final int MOST_INTERPRETERS = 4;

  /** The names of directories, which no shell looks up in PATH either. */
  private static final Set<String> DIRECTORIES = Set.of(".", "..");

  private static final Set<String> CAPABILITY_LIBRARIES = Set.of("libcap.so.2", "libcap-ng.so.0");
  private static final Set<String> USER_CHANGES =
      Set.of("setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid");

  /**
   * Finds the program that a command starts.
   *
   * @param command a path, or a name to look up in PATH
   * @param environment the environment that the command will have
   * @param ours whether it is started with the user and the rights of this process
   * @throws CommandException if there is no such program, or an allocator cannot be preloaded into
   *     it
   */
  static Program of(String command, Map<String, String> environment, boolean ours) {
    Path file = find(command, environment);
    Path elf = forEveryProcess(file);
    boolean script = false;
    for (int i = 0; i <= MOST_INTERPRETERS; i++) {
      List<String> words = Interpreter.words(elf);
      if (words.isEmpty()) {
        return of(file, elf, script, environment, ours);
      }
      script = true;
      elf = find(Interpreter.program(words), environment);
    }
    throw CommandException.unusable(
        "%s is a script whose interpreter is a script too, more than %d times: name the program itself."
            .formatted(file, MOST_INTERPRETERS));
  }

  private static Program of(
      Path file, Path elf, boolean script, Map<String, String> environment, boolean ours) {
    refusePrivileged(elf, ours);
    ElfFile object = read(elf);
    String loader =
        object.interpreter().orElseThrow(() -> CommandException.unusable(noLoader(elf, object)));
    if (!ElfPrograms.isOfGlibc(object) && !ElfPrograms.isOfMusl(object)) {
      throw CommandException.unusable(
          "%s is loaded by %s, which is neither glibc's loader nor musl's: only their programs are supported."
              .formatted(elf, loader));
    }
    if (!Files.isExecutable(Path.of(loader))) {
      throw CommandException.unusable(
          "%s is loaded by %s, and there is no such program: install its C library."
              .formatted(elf, loader));
    }
    return new Program(
        file,
        elf,
        object,
        Path.of(loader),
        script,
        false,
        true,
        javaHomes(elf, script, environment));
  }

  /** Returns why no loader starts an ELF file, in a sentence. */
  private static String noLoader(Path elf, ElfFile object) {
    if (object.type() == ElfType.REL) {
      return elf + " is an object file, not a program: link it first.";
    }
    if (ElfPrograms.isStatic(object)) {
      return elf
          + " is statically linked, so that nothing can be preloaded into it: link it dynamically,"
          + " or build it with another allocator.";
    }
    boolean isLoader = object.soname().filter(name -> name.startsWith("ld")).isPresent();
    return isLoader
        ? elf + " is the dynamic loader: name the program that it is to load, without the loader."
        : elf + " is a shared library, not a program: name a program.";
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

  /** Returns whether its C library is musl, whose loader does not print what it binds. */
  boolean isOfMusl() {
    return ElfPrograms.isOfMusl(object) && !ElfPrograms.isOfGlibc(object);
  }

  /**
   * Returns whether this is the {@code java} launcher, which takes a JVM's flags as its first
   * arguments.
   */
  boolean isJavaLauncher() {
    return isJava() && !wrapped && elf.getFileName().toString().equals("java");
  }

  /** Returns this program with additional Java images that it is known to start. */
  Program starting(Set<Path> homes) {
    Set<Path> all = new LinkedHashSet<>(homes);
    all.addAll(javaHomes);
    return new Program(file, elf, object, loader, script, wrapped, mayFilter, List.copyOf(all));
  }

  /**
   * Returns this program as the one that a wrapper starts.
   *
   * @param wrapper the file of the wrapper, which nothing is preloaded into
   */
  Program startedBy(Path wrapper) {
    return new Program(wrapper, elf, object, loader, script, true, mayFilter, javaHomes);
  }

  /** Returns this program, whose command does not ask it for a filter of system calls. */
  Program withoutFilter() {
    return new Program(file, elf, object, loader, script, wrapped, false, javaHomes);
  }

  /**
   * Returns whether it, or a library that it needs, can install a filter of system calls.
   *
   * @param environment its environment
   */
  boolean canFilterSystemCalls(Map<String, String> environment) {
    return mayFilter && Forecast.canFilterSystemCalls(elf, environment);
  }

  /** Returns whether a file is a statically linked program. */
  static boolean isStatic(Path file) {
    try {
      ElfFile object = ElfFile.read(file);
      return object.interpreter().isEmpty() && ElfPrograms.isStatic(object);
    } catch (ObjectFileException | IOException e) {
      return false; // a script, or an error that whoever starts it reports
    }
  }

  /**
   * Returns whether the program needs a process with one thread: to enter or leave a namespace, or
   * to change its user and keep capabilities(7).
   */
  boolean mustBeAlone() {
    return keepsCapabilities() || ElfPrograms.canChangeNamespaces(object);
  }

  private boolean keepsCapabilities() {
    if (script) {
      return !wrapped && ScriptText.of(file).keepsCapabilities();
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
    if (command.indexOf('/') >= 0 || DIRECTORIES.contains(command)) {
      // Not normalized: after a symbolic link, ".." is the parent of the link's target.
      Path file = Path.of(command).toAbsolutePath();
      if (!Files.exists(file)) {
        throw CommandException.unusable(
            command.indexOf(NOT_UTF_8) >= 0
                ? command + " is not a name in UTF-8: rename the file, or make a link to it."
                : command + ": there is no such file.");
      }
      if (Files.isDirectory(file)) {
        throw CommandException.unusable(
            command + " is a directory, not a program: name a program in it.");
      }
      if (!Files.isRegularFile(file)) {
        throw CommandException.unusable(
            command + " is a device, a pipe or a socket, not a program: name a program.");
      }
      if (!Files.isExecutable(file)) {
        throw CommandException.unusable(command + " is not an executable file.");
      }
      return file;
    }
    String path = environment.getOrDefault("PATH", "/usr/bin:/bin");
    for (String directory : path.split(":", -1)) {
      Path file = Path.of(directory.isEmpty() ? "." : directory, command).toAbsolutePath();
      if (Files.isExecutable(file) && Files.isRegularFile(file)) {
        return file;
      }
    }
    throw CommandException.unusable(
        path.indexOf(NOT_UTF_8) < 0
            ? command + ": not found in PATH."
            : command
                + ": not found in PATH, in which there is a directory whose name is not in UTF-8: give"
                + " a relative path of the program, or make a link to the directory.");
  }

  /**
   * Returns a path that names the same file in every process. {@code /proc/self/fd/3} and {@code
   * /dev/fd/3} are another file, or none, in the process in which the loader is asked.
   */
  private static Path forEveryProcess(Path file) {
    try {
      Path directory = file.getParent().toRealPath();
      boolean descriptors = directory.startsWith("/proc") && directory.endsWith("fd");
      return descriptors ? directory.resolve(file.getFileName()) : file;
    } catch (IOException e) {
      return file; // whoever reads it reports the error
    }
  }

  /**
   * Refuses a program with elevated privileges, for which the loader silently ignores LD_PRELOAD
   * (ld.so(8), "Secure-execution mode").
   */
  private static void refusePrivileged(Path elf, boolean ours) {
    if (setsIdentity(elf, ours)) {
      throw CommandException.unusable(
          elf + " is setuid or setgid: the loader ignores LD_PRELOAD for it.");
    }
    if (SecureExecution.hasCapabilities(elf)) {
      throw CommandException.unusable(
          elf + " has file capabilities: the loader ignores LD_PRELOAD for it.");
    }
  }

  /**
   * Returns whether a program starts with elevated privileges.
   *
   * @param ours whether it is started with the user and the rights of this process
   */
  static boolean isPrivileged(Path elf, boolean ours) {
    return setsIdentity(elf, ours) || SecureExecution.hasCapabilities(elf);
  }

  /** A set-user-ID program elevates nobody who is its owner, as root is of su. */
  private static boolean setsIdentity(Path elf, boolean ours) {
    try {
      Map<String, Object> file = Files.readAttributes(elf, "unix:mode,uid,gid");
      Map<String, Object> own = Files.readAttributes(Path.of("/proc/self"), "unix:uid,gid");
      int mode = (int) file.get("mode");
      boolean sameUser = ours && file.get("uid").equals(own.get("uid"));
      boolean sameGroup = ours && file.get("gid").equals(own.get("gid"));
      return ((mode & 04000) != 0 && !sameUser) || ((mode & 02000) != 0 && !sameGroup);
    } catch (IOException | UnsupportedOperationException e) {
      throw CommandException.unusable(elf + " cannot be examined: " + e.getMessage());
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
