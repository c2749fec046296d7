package org.onemalloc.inspect;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.onemalloc.inspect.hazard.HazardKind;
import org.onemalloc.inspect.hazard.Hazards;
import org.onemalloc.inspect.hazard.Parts;
import org.onemalloc.inspect.hazard.StartHazards;
import org.onemalloc.inspect.hazard.Subject;
import org.onemalloc.inspect.loader.DynamicLoader;
import org.onemalloc.inspect.loader.Namespace;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfPrograms;

/**
 * The judgement that {@code run}, {@code compare} and {@code link} use before a program starts on
 * an allocator: which of the hazards of {@code inspect} the choice would cause. Like a prediction
 * it is made from files, but only from a few, because a program waits for it: the program, what it
 * needs, and what is preloaded. Libraries that it opens later are not examined; {@link Inspector}
 * does that.
 *
 * @param refusals a sentence for each reason not to start the program: it would crash, or run on
 *     another allocator
 * @param warnings the same for hazards that only waste memory or lose an effect
 */
public record Forecast(List<String> refusals, List<String> warnings) {
  /**
   * The kinds that the choice of the allocator causes and that the files prove. Dangers of other
   * kinds exist under any malloc or have only circumstantial evidence: those are warnings.
   */
  private static final Set<HazardKind> STOP =
      EnumSet.of(
          HazardKind.EXTENDED_CALLS_FROM_ANOTHER_PROVIDER,
          HazardKind.FAMILY_WITH_HOLES,
          HazardKind.MIXED_OPERATORS,
          HazardKind.GENERAL_DYNAMIC_TLS,
          HazardKind.SONAME_TWICE,
          HazardKind.SANITIZER,
          HazardKind.DOES_NOT_START);

  private static final Set<HazardKind> WARN =
      EnumSet.of(
          HazardKind.DLSYM_BY_HANDLE,
          HazardKind.SYMBOLIC,
          HazardKind.PRIVATE_COPY,
          HazardKind.CONTROL_OF_ANOTHER_HEAP,
          HazardKind.LOCKED_MEMORY,
          HazardKind.SYSTEM_CALL_FILTER,
          HazardKind.SETTINGS_WITHOUT_EFFECT,
          HazardKind.TWO_HEAPS);

  private static final Set<String> STOPPING = ids(STOP);
  private static final Set<String> WARNING = ids(WARN);

  /** Copies the lists. */
  public Forecast {
    refusals = List.copyOf(refusals);
    warnings = List.copyOf(warnings);
  }

  private static Set<String> ids(Set<HazardKind> kinds) {
    return kinds.stream().map(HazardKind::id).collect(Collectors.toUnmodifiableSet());
  }

  /**
   * The hazards that make a refusal, by the names that a refusal ends with.
   *
   * @return names, sorted
   */
  public static SortedSet<String> refusable() {
    return new TreeSet<>(STOPPING);
  }

  /**
   * Judges a program.
   *
   * @param program a dynamically linked program
   * @param environment the whole environment that the program will get, LD_PRELOAD in it
   * @return the judgement; what could not be judged is a warning
   */
  public static Forecast of(Path program, Map<String, String> environment) {
    return of(program, environment, Set.of());
  }

  /**
   * Judges a program of whose command more is known than the program shows.
   *
   * @param program as above
   * @param environment as above
   * @param excluded the hazards that the command rules out, which are left out
   * @return as above
   */
  public static Forecast of(
      Path program, Map<String, String> environment, Set<HazardKind> excluded) {
    return of(DynamicLoader.ofThisMachine(), program, environment, Set.of(), excluded);
  }

  /**
   * The same for a program of another machine.
   *
   * @param loader the loader of that machine
   * @param program as above
   * @param environment as above
   * @param accepted the names of hazards about which the user knows better: they are warnings
   * @return as above
   */
  public static Forecast of(
      DynamicLoader loader, Path program, Map<String, String> environment, Set<String> accepted) {
    return of(loader, program, environment, accepted, Set.of());
  }

  private static Forecast of(
      DynamicLoader loader,
      Path program,
      Map<String, String> environment,
      Set<String> accepted,
      Set<HazardKind> excluded) {
    Set<String> without = ids(excluded);
    try {
      Namespace process = loader.start(program, List.of(), environment);
      List<Hazard> hazards = new ArrayList<>(StartHazards.of(process));
      hazards.addAll(
          Hazards.of(
              new Subject(
                  Parts.of(process),
                  false,
                  List.of(),
                  environment,
                  OptionalLong.empty(),
                  List.of())));
      hazards.removeIf(hazard -> without.contains(hazard.id()));
      return of(hazards, accepted);
    } catch (ObjectFileException | IOException e) {
      return new Forecast(
          List.of(), List.of("Hazards of " + program + " were not checked: " + e.getMessage()));
    }
  }

  /**
   * Returns whether a program, or a library that it needs, can install a filter of system calls.
   *
   * @param program a dynamically linked program
   * @param environment the environment in which the loader looks for its libraries
   * @return false also where the program cannot be examined, which {@link #of(Path, Map)} reports
   */
  public static boolean canFilterSystemCalls(Path program, Map<String, String> environment) {
    return canFilterSystemCalls(DynamicLoader.ofThisMachine(), program, environment);
  }

  /**
   * The same for a program of another machine.
   *
   * @param loader the loader of that machine
   * @param program as above
   * @param environment as above
   * @return as above
   */
  public static boolean canFilterSystemCalls(
      DynamicLoader loader, Path program, Map<String, String> environment) {
    try {
      return loader.start(program, List.of(), environment).objects().stream()
          .anyMatch(object -> ElfPrograms.canFilterSystemCalls(object.file()));
    } catch (ObjectFileException | IOException e) {
      return false;
    }
  }

  private static Forecast of(List<Hazard> hazards, Set<String> accepted) {
    List<String> refusals = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    for (Hazard hazard : hazards) {
      boolean danger = hazard.severity() == Severity.DANGER;
      if (danger && STOPPING.contains(hazard.id())) {
        (accepted.contains(hazard.id()) ? warnings : refusals)
            .add(sentence(hazard).replaceFirst("\\.$", " (this hazard is " + hazard.id() + ")."));
      } else if (hazard.severity() != Severity.NOTE
          && (WARNING.contains(hazard.id()) || STOPPING.contains(hazard.id()))) {
        warnings.add(sentence(hazard));
      }
    }
    return new Forecast(refusals, warnings);
  }

  private static String sentence(Hazard hazard) {
    return Stream.concat(hazard.evidence().stream(), Stream.of(uncapitalised(hazard.consequence())))
            .map(sentence -> sentence.replaceFirst("\\.$", ""))
            .collect(Collectors.joining("; "))
        + ".";
  }

  /** Makes a sentence a part of another one, unless it begins with an acronym. */
  private static String uncapitalised(String sentence) {
    return Character.isUpperCase(sentence.charAt(1))
        ? sentence
        : Character.toLowerCase(sentence.charAt(0)) + sentence.substring(1);
  }
}
