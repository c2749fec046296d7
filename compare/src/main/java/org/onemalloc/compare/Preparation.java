package org.onemalloc.compare;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.onemalloc.allocators.Allocator;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.allocators.CacheDirectory;
import org.onemalloc.allocators.Choice;

/**
 * A command prepared to run on one allocator: the program, its arguments and environment, and the
 * loader's report of the bindings. The command has not been started.
 *
 * @param name the variant
 * @param allocator the chosen allocator
 * @param program the program that the command starts
 * @param arguments the argument vector, byte for byte, including the variant's JVM flags
 * @param environment the variables that are added to the environment or replaced in it
 * @param jvmFlags the flags that are added to those of the JVM
 * @param answer the object that is preloaded for Java's lookup, if there is one
 * @param examination what was found out about the program on this allocator
 * @param expectation the provider of malloc that is expected in every process
 * @param settings the settings that are expected there
 */
record Preparation(
    VariantName name,
    Allocator allocator,
    Program program,
    List<byte[]> arguments,
    Map<String, String> environment,
    List<String> jvmFlags,
    Optional<Path> answer,
    Examination examination,
    Expectation expectation,
    VariantSettings settings) {

  /**
   * Prepares a command.
   *
   * @param arguments the command as given, the program's name first
   * @param name the variant: an allocator and changes
   * @param allocators the allocators of this machine
   * @param inherited the environment of this process
   * @throws CommandException if the allocator cannot be used for the program
   * @throws org.onemalloc.allocators.AllocatorException if there is no such allocator
   */
  static Preparation of(
      List<byte[]> arguments,
      VariantName name,
      Allocators allocators,
      Map<String, String> inherited) {
    Program program = CommandChain.of(words(arguments), inherited).first(inherited);
    return of(program, List.of(), arguments, name, allocators, inherited);
  }

  private static List<String> words(List<byte[]> arguments) {
    return arguments.stream().map(word -> new String(word, StandardCharsets.UTF_8)).toList();
  }

  /**
   * Prepares a command whose program has been found already.
   *
   * @param program the program
   * @param behind the programs that it is known to start, one after the other
   * @param given the environment of this process
   */
  static Preparation of(
      Program program,
      List<Program> behind,
      List<byte[]> arguments,
      VariantName name,
      Allocators allocators,
      Map<String, String> given) {
    Map<String, String> inherited = over(given, name.environment());
    List<Program> programs = Stream.concat(Stream.of(program), behind.stream()).toList();
    boolean filters = CommandChain.of(words(arguments), inherited).canFilterSystemCalls(inherited);
    Choice choice = name.choose(allocators).behindFilter(filters);
    Allocator allocator = LinkedAllocator.orLinked(programs, choice.allocator(), allocators);
    Expectation expectation =
        name.isShipped()
            ? Expectation.ANYTHING
            : allocator.library().map(Expectation::of).orElse(Expectation.GLIBC);
    Map<String, String> changes = new LinkedHashMap<>();
    List<String> others = preloadedBefore(inherited);
    Optional<Path> answer = Optional.empty();
    if (allocator.library().isPresent()) {
      refuseUnfit(allocator, program);
      CacheDirectory cache = CacheDirectory.ofThisUser();
      answer = program.isOfMusl() ? answer : ForeignLookup.of(program.object(), cache);
      changes.put("LD_PRELOAD", preload(cache.carried(allocator.library().get()), answer, others));
    }
    boolean threads = programs.stream().noneMatch(Program::mustBeAlone);
    changes.putAll(choice.environment(inherited, threads));
    changes.putAll(name.environment());
    List<String> flags = new ArrayList<>(change(name, changes));
    flags.addAll(choice.jvmFlags());
    List<byte[]> vector = new ArrayList<>(arguments);
    place(flags, program, vector, inherited, changes);
    Map<String, String> whole = over(inherited, changes);
    allocator.library().ifPresent(library -> PreloadTrial.require(library, others, whole));
    Examination examination =
        name.isShipped() ? Examination.NONE : examined(program, allocator.library(), answer, whole);
    VariantSettings settings = new VariantSettings(allocator.kind(), whole, flags);
    return new Preparation(
        name,
        allocator,
        program,
        vector,
        changes,
        flags,
        answer,
        examination,
        expectation,
        settings);
  }

  private static Examination examined(
      Program program,
      Optional<Path> library,
      Optional<Path> answer,
      Map<String, String> environment) {
    return library
        .map(file -> Examination.of(program, file, answer, environment))
        .orElseGet(() -> Examination.ofLibc(program, environment));
  }

  /**
   * Examines another program on the same allocator.
   *
   * @param other a program that the command starts
   * @param whole the whole environment that it will get
   * @throws CommandException as for the program of the command
   */
  Examination examine(Program other, Map<String, String> whole) {
    allocator
        .library()
        .ifPresent(
            file -> {
              Program.requireSameMachine(other.elf(), other.object(), file);
              MuslStart.requireFit(allocator, other);
            });
    return examined(other, allocator.library(), answer, whole);
  }

  private static Map<String, String> over(
      Map<String, String> inherited, Map<String, String> changes) {
    Map<String, String> whole = new HashMap<>(inherited);
    whole.putAll(changes);
    return whole;
  }

  /**
   * Returns the whole environment of the program.
   *
   * @param inherited the environment of this process
   */
  Map<String, String> environmentOver(Map<String, String> inherited) {
    return over(inherited, environment);
  }

  private static void refuseUnfit(Allocator allocator, Program program) {
    if (!allocator.preload().fit()) {
      throw CommandException.unusable(
          allocator.qualifiedName()
              + " cannot be preloaded: "
              + allocator.preload().reason()
              + ".");
    }
    Path library = allocator.library().orElseThrow();
    Program.requireSameMachine(program.elf(), program.object(), library);
    MuslStart.requireFit(allocator, program);
  }

  /**
   * Returns the value of LD_PRELOAD: first the allocator, so that it takes precedence, then the
   * object for Java's lookup, then the libraries that were there before.
   */
  private static String preload(Path library, Optional<Path> answer, List<String> others) {
    List<String> objects = new ArrayList<>();
    objects.add(library.toString());
    answer.ifPresent(file -> objects.add(file.toString()));
    objects.addAll(others);
    return String.join(":", objects);
  }

  private static List<String> preloadedBefore(Map<String, String> inherited) {
    return Arrays.stream(inherited.getOrDefault("LD_PRELOAD", "").split("[ :]", -1))
        .filter(word -> !word.isEmpty() && !isOurs(word))
        .toList();
  }

  /** Returns whether an outer {@code run} preloaded a library. The inner choice replaces it. */
  private static boolean isOurs(String preloaded) {
    return Path.of(preloaded).getFileName().toString().startsWith("libonemalloc-");
  }

  /** Applies the variant's changes for glibc, and returns the JVM flags that they require. */
  private static List<String> change(VariantName name, Map<String, String> changes) {
    if (name.changes().contains(VariantName.Change.ARENAS)) {
      changes.put("MALLOC_ARENA_MAX", "1");
    }
    return name.changes().contains(VariantName.Change.TRIM) ? List.of(TrimFlag.FLAG) : List.of();
  }

  /**
   * Adds JVM flags. The {@code java} launcher takes them as its first arguments. For other programs
   * they are put into JAVA_TOOL_OPTIONS, which a JVM inherits.
   */
  private static void place(
      List<String> flags,
      Program program,
      List<byte[]> arguments,
      Map<String, String> inherited,
      Map<String, String> changes) {
    if (flags.isEmpty()) {
      return;
    }
    if (program.isJavaLauncher()) {
      List<byte[]> bytes = flags.stream().map(f -> f.getBytes(StandardCharsets.UTF_8)).toList();
      arguments.addAll(1, bytes);
    } else {
      String before = inherited.getOrDefault("JAVA_TOOL_OPTIONS", "");
      changes.put("JAVA_TOOL_OPTIONS", (before + " " + String.join(" ", flags)).strip());
    }
  }

  /**
   * Returns the libraries that LD_PRELOAD names on behalf of this command, by their paths there.
   */
  List<Path> libraries() {
    if (allocator.library().isEmpty()) {
      return List.of();
    }
    int count = answer.isPresent() ? 2 : 1;
    return Stream.of(environment.get("LD_PRELOAD").split(":", -1))
        .limit(count)
        .map(Path::of)
        .toList();
  }

  /** Returns one sentence for each thing that the proof does not cover. */
  List<String> unproven() {
    return allocator
        .library()
        .map(
            library ->
                List.of(
                    "Not proven: other processes that the command starts. They have %s too, unless they"
                            .formatted(library)
                        + " clear or replace LD_PRELOAD, are static or set-user-ID programs, or run"
                        + " as a user who cannot read it; those that are linked with another"
                        + " allocator leave that one unused."))
        .orElse(List.of());
  }

  /** Returns the variant as shown to the reader of the results. */
  Variant variant() {
    return new Variant(
        name.text(),
        name.written(),
        name.environment(),
        name.isShipped() ? "as the program is shipped" : allocator.title(),
        allocator.library().map(Path::toString).orElse(""),
        environment,
        jvmFlags,
        arguments.stream().map(bytes -> new String(bytes, StandardCharsets.UTF_8)).toList());
  }
}
