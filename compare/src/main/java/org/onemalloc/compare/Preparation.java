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
 * A command made ready to run on one allocator: what to execute, with which environment, and what
 * the loader says it would bind. Nothing has been started.
 *
 * @param name the variant
 * @param allocator the allocator chosen
 * @param program what the command starts
 * @param arguments the argument vector, byte for byte, the variant's JVM flags among it
 * @param environment what is added to the environment or replaced in it
 * @param jvmFlags what was added to the JVM's flags
 * @param proof the loader's answer
 * @param forecast the hazards that this allocator brings about; none where nothing is preloaded
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

  /** What a JVM loads with dlopen before it runs any program. */
  private static final List<String> LOADED_LATER =
      List.of("server/libjvm.so", "libjava.so", "libzip.so", "libnio.so", "libnet.so");

  /**
   * Makes a command ready.
   *
   * @param arguments the command as given, the program's name first
   * @param name which allocator, and what is changed about it
   * @param allocators what this machine has
   * @param inherited the environment of this process
   * @throws CommandException if the program cannot take this allocator
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

  /** The same for a program that was found before. */
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

  /** What must provide malloc in every process. */
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

  /** Ours first, so that it wins; then what answers for Java's lookup; then what was there. */
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

  /** An outer {@code run}: this one's choice is the narrower one. */
  private static boolean isOurs(String preloaded) {
    return Path.of(preloaded).getFileName().toString().startsWith("libonemalloc-");
  }

  /** Makes the changes that go with glibc and returns the JVM flags that they need. */
  private static List<String> change(VariantName name, Map<String, String> changes) {
    if (name.changes().contains(VariantName.Change.ARENAS)) {
      changes.put("MALLOC_ARENA_MAX", "1");
    }
    return name.changes().contains(VariantName.Change.TRIM)
        ? List.of("-XX:TrimNativeHeapInterval=1000")
        : List.of();
  }

  /** A launcher takes flags as its first arguments; any other program hands them on unseen. */
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

  /** A program that has its own dlopen and is not a JVM's may never start one. */
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

  /** What the proof does not cover, a sentence for each. */
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

  /** The same, as a reader of the results sees it. */
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
