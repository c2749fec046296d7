package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.onemalloc.allocators.proof.BindingProof;
import org.onemalloc.inspect.Forecast;
import org.onemalloc.inspect.hazard.HazardKind;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfPrograms;

/**
 * What is found out about a program and an allocator before the program starts. The program that a
 * command names and each one behind it are examined in the same way.
 *
 * @param proof the loader's report of the bindings
 * @param forecast the hazards of the allocator; empty if nothing is preloaded
 */
record Examination(BindingProof proof, Forecast forecast) {
  /** The libraries that a JVM loads with dlopen before it runs any program. */
  private static final List<String> LOADED_LATER =
      List.of("server/libjvm.so", "libjava.so", "libzip.so", "libnio.so", "libnet.so");

  /** The variable of a program from which jemalloc reads settings (jemalloc(3), "TUNING"). */
  private static final String JEMALLOC_SETTINGS = "malloc_conf";

  /** The examination of a program on no allocator in particular, of which nothing is expected. */
  static final Examination NONE =
      new Examination(new BindingProof(List.of(), List.of()), new Forecast(List.of(), List.of()));

  /**
   * Examines a program on an allocator that is preloaded.
   *
   * @param program the program
   * @param library the allocator
   * @param answer the object that is preloaded for Java's lookup
   * @param environment the whole environment, LD_PRELOAD in it
   * @throws CommandException if the program does not start with the allocator
   */
  static Examination of(
      Program program, Path library, Optional<Path> answer, Map<String, String> environment) {
    PreloadTrial.requireOf(program, library, environment);
    BindingProof proof = prove(program, library, answer, environment);
    Forecast forecast =
        Forecast.of(
            program.elf(),
            environment,
            program.mayFilter() ? Set.of() : Set.of(HazardKind.SYSTEM_CALL_FILTER));
    if (proof.proven() && forecast.refusals().isEmpty()) {
      Optional<String> doubt = StartTrial.of(program, library, environment, proof.replaced());
      List<String> warnings = new ArrayList<>(forecast.warnings());
      doubt.ifPresent(warnings::add);
      if (ElfPrograms.isEmulator(program.object())) {
        warnings.add(
            program.elf()
                + " emulates another program, which keeps the allocator that it has: only the"
                + " emulator itself is on another one.");
      }
      if (program.object().exports(JEMALLOC_SETTINGS) && exportsSettings(library)) {
        warnings.add(
            program.elf()
                + " defines malloc_conf, from which jemalloc reads settings in addition to those of"
                + " this choice.");
      }
      forecast = new Forecast(forecast.refusals(), warnings);
    }
    return new Examination(proof, forecast);
  }

  /**
   * Examines a program on the C library's own malloc.
   *
   * @param environment the whole environment
   * @throws CommandException if the loader does not load the program
   */
  static Examination ofLibc(Program program, Map<String, String> environment) {
    try {
      BindingProof proof =
          program.isOfMusl()
              ? MuslStart.proof(program, program.loader(), environment)
              : BindingProof.ofLibc(program.elf(), program.loader(), later(program), environment);
      return new Examination(proof, NONE.forecast());
    } catch (IOException e) {
      throw unloadable(program, e);
    }
  }

  private static boolean exportsSettings(Path library) {
    try {
      return ElfFile.read(library).exports(JEMALLOC_SETTINGS);
    } catch (IOException e) {
      return false;
    }
  }

  /** Returns a sentence for each reason not to start the program. */
  List<String> reasons() {
    return Stream.concat(forecast.refusals().stream(), proof.failures().stream()).toList();
  }

  private static BindingProof prove(
      Program program, Path library, Optional<Path> answer, Map<String, String> environment) {
    try {
      if (program.isOfMusl()) {
        return MuslStart.proof(program, library, environment);
      }
      return answer.isEmpty()
          ? BindingProof.of(program.elf(), program.loader(), later(program), library, environment)
          : joined(
              BindingProof.withLookup(
                  program.elf(),
                  program.loader(),
                  later(program),
                  library,
                  answer.get(),
                  environment),
              program);
    } catch (IOException e) {
      throw unloadable(program, e);
    }
  }

  private static CommandException unloadable(Program program, IOException e) {
    return CommandException.unusable(
        program.elf() + " cannot be loaded to see what it binds: " + e.getMessage());
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
      return new BindingProof(evidence, lookup.failures(), heard.malloc().replaced());
    }
    lookup.failures().forEach(failure -> evidence.add("Not proven: " + failure));
    return new BindingProof(evidence, List.of(), heard.malloc().replaced());
  }

  private static List<Path> later(Program program) {
    return program.javaHomes().stream()
        .limit(1)
        .flatMap(home -> LOADED_LATER.stream().map(home.resolve("lib")::resolve))
        .filter(Files::exists)
        .toList();
  }
}
