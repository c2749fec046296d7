package org.onemalloc.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
import org.onemalloc.allocators.proof.BindingProof;
import org.onemalloc.inspect.Forecast;

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
 * @param proof the loader's report of the bindings
 * @param forecast the hazards of this allocator; empty if nothing is preloaded
 */
record Preparation(
    VariantName name,
    Allocator allocator,
    Program program,
    List<byte[]> arguments,
    Map<String, String> environment,
    List<String> jvmFlags,
    BindingProof proof,
    Forecast forecast) {

  /** The libraries that a JVM loads with dlopen before it runs any program. */
  private static final List<String> LOADED_LATER =
      List.of("server/libjvm.so", "libjava.so", "libzip.so", "libnio.so", "libnet.so");

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
    String command = new String(arguments.getFirst(), StandardCharsets.UTF_8);
    return of(Program.of(command, inherited), arguments, name, allocators, inherited);
  }

  /** Prepares a command whose program has been found already. */
  static Preparation of(
      Program program,
      List<byte[]> arguments,
      VariantName name,
      Allocators allocators,
      Map<String, String> inherited) {
    Choice choice = allocators.choose(name.choice());
    Allocator allocator = LinkedAllocator.orLinked(program, choice.allocator(), allocators);
    Map<String, String> changes = new LinkedHashMap<>();
    List<String> others = preloadedBefore(inherited);
    Optional<Path> answer = Optional.empty();
    if (allocator.library().isPresent()) {
      refuseUnfit(allocator, program);
      CacheDirectory cache = CacheDirectory.ofThisUser();
      answer = ForeignLookup.of(program.object(), cache);
      changes.put("LD_PRELOAD", preload(cache.carried(allocator.library().get()), answer, others));
    }
    changes.putAll(choice.environment(inherited, !program.keepsCapabilities()));
    List<String> flags = change(name, changes);
    List<byte[]> vector = new ArrayList<>(arguments);
    place(flags, program, vector, inherited, changes);
    Map<String, String> whole = new HashMap<>(inherited);
    whole.putAll(changes);
    if (allocator.library().isPresent()) {
      PreloadTrial.require(allocator.library().get(), others, whole);
      PreloadTrial.requireOf(program, allocator.library().get(), whole);
      PreloadTrial.requireStart(program, allocator.library().get(), whole);
    }
    BindingProof proof =
        name.isShipped()
            ? new BindingProof(List.of(), List.of())
            : prove(program, allocator.library(), answer, whole);
    Forecast forecast =
        allocator.library().isPresent()
            ? Forecast.of(program.elf(), whole)
            : new Forecast(List.of(), List.of());
    return new Preparation(name, allocator, program, vector, changes, flags, proof, forecast);
  }

  /** Returns the provider of malloc that is expected in every process. */
  Expectation expectation() {
    return name.isShipped()
        ? Expectation.ANYTHING
        : allocator.library().map(Expectation::of).orElse(Expectation.GLIBC);
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
    return name.changes().contains(VariantName.Change.TRIM)
        ? List.of("-XX:TrimNativeHeapInterval=1000")
        : List.of();
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

  private static BindingProof prove(
      Program program,
      Optional<Path> library,
      Optional<Path> answer,
      Map<String, String> environment) {
    List<Path> later =
        program.javaHomes().stream().limit(1).flatMap(Preparation::loadedLater).toList();
    try {
      if (library.isEmpty()) {
        return BindingProof.ofLibc(program.elf(), program.loader(), later, environment);
      }
      if (answer.isEmpty()) {
        return BindingProof.of(program.elf(), program.loader(), later, library.get(), environment);
      }
      return joined(
          BindingProof.withLookup(
              program.elf(), program.loader(), later, library.get(), answer.get(), environment),
          program);
    } catch (IOException e) {
      throw CommandException.unusable(
          program.elf() + " cannot be loaded to see what it binds: " + e.getMessage());
    }
  }

  /**
   * Joins the proofs for malloc and for Java's lookup. A failure of the second counts only for a
   * Java program: another program may never start a JVM.
   */
  private static BindingProof joined(BindingProof.WithLookup heard, Program program) {
    BindingProof lookup = heard.lookup();
    if (!heard.malloc().proven()) {
      return heard.malloc();
    }
    List<String> evidence = new ArrayList<>(heard.malloc().evidence());
    evidence.addAll(lookup.evidence());
    if (program.isJava()) {
      return new BindingProof(evidence, lookup.failures());
    }
    lookup.failures().forEach(failure -> evidence.add("Not proven: " + failure));
    return new BindingProof(evidence, List.of());
  }

  private static Stream<Path> loadedLater(Path javaHome) {
    return LOADED_LATER.stream().map(javaHome.resolve("lib")::resolve).filter(Files::exists);
  }

  /** Returns one sentence for each thing that the proof does not cover. */
  List<String> unproven() {
    return allocator
        .library()
        .map(
            library ->
                List.of(
                    "Not proven: the processes that the command starts. They have %s too, unless they"
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
        name.isShipped() ? "as the program is shipped" : allocator.title(),
        allocator.library().map(Path::toString).orElse(""),
        environment,
        jvmFlags,
        arguments.stream().map(bytes -> new String(bytes, StandardCharsets.UTF_8)).toList());
  }
}
