package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.onemalloc.inspect.loader.Binding;
import org.onemalloc.inspect.loader.LoadedObject;
import org.onemalloc.inspect.loader.MissingLibrary;
import org.onemalloc.inspect.loader.Namespace;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/**
 * Hazards that keep a preloaded library from being loaded, or the program from starting with it.
 */
public final class StartHazards {
  private static final int MOST_NAMES = 5;

  /** The runtime libraries that intercept malloc, of GCC and of Clang. */
  private static final Pattern SANITIZER =
      Pattern.compile(
          "lib(asan|tsan|lsan|hwasan)\\.so.*|libclang_rt\\.(asan|tsan|lsan|hwasan|msan).*");

  private StartHazards() {}

  /**
   * Returns the preloaded libraries with which the program would not start: the loader does not
   * find a library that they need or, on musl, which binds everything at once, a function that they
   * call.
   *
   * @param process a process at its start, with nothing opened later
   * @return hazards in the order of the libraries
   * @throws org.onemalloc.objectfile.ObjectFileException if a table of one is malformed
   */
  public static List<Hazard> of(Namespace process) {
    Map<String, List<String>> evidence = new LinkedHashMap<>();
    for (MissingLibrary missing : process.missing()) {
      process
          .find(missing.neededBy())
          .filter(object -> missing.fatal() && isPreloaded(process, object))
          .ifPresent(
              object ->
                  add(
                      evidence,
                      object,
                      "%s is preloaded and needs %s: %s"
                          .formatted(object.name(), missing.name(), missing.reason())));
    }
    if (process.isMusl()) {
      for (LoadedObject object : process.objects()) {
        Set<String> symbols = isPreloaded(process, object) ? unresolved(process, object) : Set.of();
        if (!symbols.isEmpty()) {
          add(evidence, object, unresolved(object, symbols));
        }
      }
    }
    List<Hazard> found = new ArrayList<>(sanitizers(process));
    evidence.forEach(
        (module, sentences) ->
            found.add(HazardKind.DOES_NOT_START.at(module, Severity.DANGER, sentences)));
    return found;
  }

  /**
   * Returns whether a library is the runtime of a sanitizer, which brings its own malloc.
   *
   * @param name a file name or SONAME
   */
  public static boolean isSanitizer(String name) {
    return SANITIZER.matcher(name).matches();
  }

  private static List<Hazard> sanitizers(Namespace process) {
    Optional<LoadedObject> allocator =
        process.objects().stream()
            .filter(object -> isPreloaded(process, object) && object.file().exports("malloc"))
            .findFirst();
    return process.objects().stream()
        .filter(object -> allocator.isPresent() && !isPreloaded(process, object))
        .filter(object -> isSanitizer(HeapView.fileName(object.name())))
        .map(
            object ->
                HazardKind.SANITIZER.at(
                    process.program().name(),
                    Severity.DANGER,
                    List.of(
                        "%s is built with a sanitizer (%s), and %s comes before it."
                            .formatted(
                                process.program().name(),
                                HeapView.fileName(object.name()),
                                allocator.get().name()))))
        .toList();
  }

  /**
   * Returns the hazard of a program whose preloaded libraries the loader ignores: ld.so(8),
   * "Secure-execution mode".
   *
   * @param program the program
   * @param why the reason for its elevated rights, such as {@code it is setuid}
   * @param preloads the libraries that were to be preloaded
   * @return the hazard
   */
  public static Hazard ignored(String program, String why, List<String> preloads) {
    return HazardKind.PRELOAD_IGNORED.at(
        program,
        Severity.WARNING,
        List.of(
            "%s: %s, so that %s would not be loaded."
                .formatted(program, why, String.join(", ", preloads))));
  }

  private static void add(
      Map<String, List<String>> evidence, LoadedObject object, String sentence) {
    evidence.computeIfAbsent(object.name(), name -> new ArrayList<>()).add(sentence);
  }

  /** Returns whether it was preloaded: the program does not need it, directly or indirectly. */
  private static boolean isPreloaded(Namespace process, LoadedObject object) {
    LoadedObject root = object;
    while (root.loadedFor().isPresent() && root.loadedFor().get() != process.program()) {
      root = root.loadedFor().get();
    }
    LoadedObject first = root;
    return root != process.program()
        && root.loadedFor().isPresent()
        && process.program().file().needed().stream()
            .noneMatch(needed -> process.find(needed).filter(first::equals).isPresent());
  }

  private static Set<String> unresolved(Namespace process, LoadedObject object) {
    Set<String> symbols = new TreeSet<>();
    for (Binding binding : process.bindings(object)) {
      if (binding.provider().isEmpty() && !binding.reference().weak()) {
        symbols.add(binding.reference().symbol());
      }
    }
    return symbols;
  }

  private static String unresolved(LoadedObject object, Set<String> symbols) {
    String some = String.join(", ", symbols.stream().limit(MOST_NAMES).toList());
    return "%s is preloaded and calls %s%s, which nothing in this process of musl defines."
        .formatted(object.name(), some, symbols.size() > MOST_NAMES ? ", …" : "");
  }
}
