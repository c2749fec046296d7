package org.onemalloc.allocators.proof;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.onemalloc.allocators.LookupLibraries;
import org.onemalloc.allocators.MallocFamily;
import org.onemalloc.allocators.proof.LoaderTrace.Binding;
import org.onemalloc.objectfile.elf.GlibcNames;

/**
 * Judges the loader's answer: does every reference to the malloc family reach the one allocator?
 *
 * <p>Two kinds of binding need further checks. A position-dependent executable that takes the
 * address of {@code malloc} carries an undefined symbol with a value, its own PLT entry, and other
 * modules bind to that ("canonical PLT entry", psABI); the entry leads to wherever the executable's
 * own reference is bound. And {@code reallocarray} may stay with another library if that library's
 * {@code realloc} is the allocator's, because it calls nothing else.
 *
 * @param evidence one sentence for each thing shown
 * @param failures one sentence for each thing that contradicts; empty if proven
 * @param replaced the functions outside of the family that the allocator calls and that another
 *     file than the C library defines, by that file
 */
public record BindingProof(
    List<String> evidence, List<String> failures, SortedMap<String, SortedSet<String>> replaced) {
  private static final Set<String> FAMILY = Set.copyOf(MallocFamily.ALL);
  private static final String DLOPEN = "dlopen";
  private static final Set<String> ASKED =
      Stream.concat(FAMILY.stream(), Stream.of(DLOPEN)).collect(Collectors.toUnmodifiableSet());

  /** The names of the loader's complaint about a library that it does not preload. */
  private static final Pattern NOT_PRELOADED =
      Pattern.compile("object '(.+)' from LD_PRELOAD cannot be preloaded", Pattern.DOTALL);

  /** Copies the lists. */
  public BindingProof {
    evidence = List.copyOf(evidence);
    failures = List.copyOf(failures);
    replaced = Collections.unmodifiableSortedMap(new TreeMap<>(replaced));
  }

  /**
   * Creates a proof that says nothing about the functions that the allocator calls.
   *
   * @param evidence as above
   * @param failures as above
   */
  public BindingProof(List<String> evidence, List<String> failures) {
    this(evidence, failures, Collections.emptySortedMap());
  }

  /**
   * Returns whether nothing contradicts the proof.
   *
   * @return true if proven
   */
  public boolean proven() {
    return failures.isEmpty();
  }

  /**
   * Proves that a program's calls reach one library, without running it.
   *
   * @param program a dynamically linked program with glibc's loader
   * @param loader that loader, the program's interpreter
   * @param later libraries that the program will load later, for each of which the loader is asked
   *     separately
   * @param allocator the library that must provide everything
   * @param environment the whole environment that the program will get, LD_PRELOAD in it
   * @return what was found
   * @throws IOException if the loader cannot be started
   */
  public static BindingProof of(
      Path program, Path loader, List<Path> later, Path allocator, Map<String, String> environment)
      throws IOException {
    return of(Starting.HERE, program, loader, later, allocator, environment);
  }

  /**
   * The same, where the loader may be one for another processor.
   *
   * @param starting how the loader is started
   * @param program as above
   * @param loader the path of the loader on this machine
   * @param later as above
   * @param allocator as above
   * @param environment as above
   * @return as above
   * @throws IOException as above
   */
  public static BindingProof of(
      Starting starting,
      Path program,
      Path loader,
      List<Path> later,
      Path allocator,
      Map<String, String> environment)
      throws IOException {
    Judge judge = new Judge(allocator.toString(), file -> isSame(file, allocator));
    judge.doubt(Auditors.doubts(program, environment));
    hear(starting, judge, program, loader, later, environment);
    return judge.verdict();
  }

  /**
   * Judges an answer about a program that is known already: that of a model of the loader.
   *
   * @param program the program
   * @param bindings the bindings of the program and its libraries
   * @param allocator as above
   * @return as above
   * @throws IOException if the program cannot be read
   */
  public static BindingProof ofAnswer(Path program, List<Binding> bindings, Path allocator)
      throws IOException {
    Judge judge = new Judge(allocator.toString(), file -> isSame(file, allocator));
    judge.doubt(Auditors.doubts(program, Map.of()));
    judge.hear(program, new LoaderTrace(bindings, List.of()));
    return judge.verdict();
  }

  /**
   * The proofs of a program's malloc and of its {@code dlopen}.
   *
   * @param malloc as {@link #of} has it
   * @param lookup whether the object that is preloaded for it answers when a JVM opens the library
   *     of its default lookup
   */
  public record WithLookup(BindingProof malloc, BindingProof lookup) {}

  /**
   * The same as {@link #of}; the loader is also asked whether a preloaded object is the one whose
   * {@code dlopen} a program's libraries call.
   *
   * @param program as above
   * @param loader as above
   * @param later as above
   * @param allocator as above
   * @param answer the preloaded object, which refers to {@code dlopen} itself
   * @param environment as above
   * @return what was found
   * @throws IOException if the loader cannot be started
   */
  public static WithLookup withLookup(
      Path program,
      Path loader,
      List<Path> later,
      Path allocator,
      Path answer,
      Map<String, String> environment)
      throws IOException {
    Judge judge = new Judge(allocator.toString(), file -> isSame(file, allocator));
    judge.doubt(Auditors.doubts(program, environment));
    LoaderTrace trace = hear(Starting.HERE, judge, program, loader, later, environment);
    ReplacedFunctions replaced = new ReplacedFunctions(allocator, loader, environment);
    BindingProof malloc = judge.verdict();
    return new WithLookup(
        new BindingProof(malloc.evidence, malloc.failures, replaced.in(judge.calls(trace))),
        lookup(program, trace, answer));
  }

  private static BindingProof lookup(Path program, LoaderTrace trace, Path answer) {
    String provider =
        trace.bindings().stream()
            .filter(binding -> binding.symbol().equals(DLOPEN))
            .filter(binding -> isSame(binding.from(), answer))
            .map(Binding::to)
            .findFirst()
            .orElse("nobody");
    return isAnswer(provider, answer)
        ? new BindingProof(
            List.of(
                "A JVM in this process, or in one that it starts, opens libsyslookup.so for Java's"
                    + " default lookup with the dlopen of "
                    + provider
                    + ", which finds the malloc and free of the process."),
            List.of())
        : new BindingProof(
            List.of(),
            List.of(
                "%s takes dlopen from %s, so Java's default lookup does not go through %s."
                    .formatted(program, provider, answer)));
  }

  /** Returns whether a file is the preloaded object, or the same one of a linked program. */
  private static boolean isAnswer(String file, Path answer) {
    return isSame(file, answer)
        || (file.endsWith("/lib/onemalloc/" + LookupLibraries.ANSWER)
            && Files.exists(Path.of(file)));
  }

  /**
   * Proves that a program's calls reach the C library's own malloc, without running it.
   *
   * @param program a dynamically linked program with glibc's loader
   * @param loader that loader, the program's interpreter
   * @param later libraries that the program will load later, for each of which the loader is asked
   *     separately
   * @param environment the whole environment that the program will get
   * @return what was found
   * @throws IOException if the loader cannot be started
   */
  public static BindingProof ofLibc(
      Path program, Path loader, List<Path> later, Map<String, String> environment)
      throws IOException {
    Judge judge = new Judge("libc.so.6", GlibcNames::isLibc);
    hear(Starting.HERE, judge, program, loader, later, environment);
    return judge.verdict();
  }

  /** Returns the loader's answer about the program itself. */
  private static LoaderTrace hear(
      Starting starting,
      Judge judge,
      Path program,
      Path loader,
      List<Path> later,
      Map<String, String> environment)
      throws IOException {
    LoaderTrace first =
        LoaderTrace.ask(
            starting,
            List.of(program.toString()),
            environment,
            binding -> ASKED.contains(binding.symbol()) || judge.isAllocator(binding.from()));
    judge.hear(program, first);
    for (Path library : later) {
      List<String> command = List.of(loader.toString(), library.toString());
      judge.hear(
          library,
          LoaderTrace.ask(starting, command, environment, b -> FAMILY.contains(b.symbol())));
    }
    return first;
  }

  private static boolean isSame(String file, Path other) {
    try {
      return Files.isSameFile(Path.of(file), other);
    } catch (IOException e) {
      return false;
    }
  }

  /** Gathers the answers about one program and its libraries. */
  private static final class Judge {
    private final String allocator;
    private final Predicate<String> provider;
    private final Map<String, Boolean> judged = new HashMap<>();
    private final Set<String> modules = new LinkedHashSet<>();
    private final Set<String> failures = new LinkedHashSet<>();
    private final Map<String, Set<String>> strays = new LinkedHashMap<>();
    private int references;

    Judge(String allocator, Predicate<String> provider) {
      this.allocator = allocator;
      this.provider = provider;
    }

    void doubt(List<String> reasons) {
      failures.addAll(reasons);
    }

    void hear(Path asked, LoaderTrace answer) {
      answer.complaints().stream().filter(this::isFailure).forEach(failures::add);
      List<Binding> bindings =
          answer.bindings().stream().filter(b -> FAMILY.contains(b.symbol())).toList();
      Map<String, Binding> byReference = new HashMap<>();
      bindings.forEach(b -> byReference.put(b.from() + '\0' + b.symbol(), b));
      for (Binding binding : bindings) {
        references++;
        modules.add(binding.from());
        if (!reaches(binding, byReference)) {
          strays
              .computeIfAbsent(binding.from() + '\0' + binding.to(), key -> new TreeSet<>())
              .add(binding.symbol());
        }
      }
      if (bindings.isEmpty()) {
        failures.add("The loader printed no bindings of " + asked + ".");
      }
    }

    /** The loader starts a program without the libraries of others that it cannot preload. */
    private boolean isFailure(String complaint) {
      Matcher found = NOT_PRELOADED.matcher(complaint);
      return found.find() ? isAllocator(found.group(1)) : complaint.contains("error while");
    }

    /** Returns the bindings of the allocator itself that lead to other files. */
    List<Binding> calls(LoaderTrace answer) {
      return answer.bindings().stream()
          .filter(b -> !FAMILY.contains(b.symbol()))
          .filter(b -> isAllocator(b.from()) && !isAllocator(b.to()))
          .toList();
    }

    private boolean reaches(Binding binding, Map<String, Binding> all) {
      if (isAllocator(binding.to())) {
        return true;
      }
      Binding own = all.get(binding.to() + '\0' + binding.symbol());
      if (own != null && !own.to().equals(binding.to())) {
        return isAllocator(own.to());
      }
      Binding realloc = all.get(binding.to() + '\0' + "realloc");
      return MallocFamily.SAFE_IN_LIBC.contains(binding.symbol())
          && realloc != null
          && isAllocator(realloc.to());
    }

    boolean isAllocator(String file) {
      return judged.computeIfAbsent(file, provider::test);
    }

    BindingProof verdict() {
      strays.forEach((key, symbols) -> failures.add(stray(key, symbols)));
      List<String> evidence = new ArrayList<>();
      if (failures.isEmpty()) {
        evidence.add(
            "The loader binds all %d malloc-family references of %d modules to %s."
                .formatted(references, modules.size(), allocator));
      }
      return new BindingProof(evidence, List.copyOf(failures));
    }

    private String stray(String key, Set<String> symbols) {
      int cut = key.indexOf('\0');
      String from = key.substring(0, cut);
      String to = key.substring(cut + 1);
      String names = String.join(", ", symbols);
      return from.equals(to)
          ? from + " uses its own " + names + ", not that of " + allocator + "."
          : from + " takes " + names + " from " + to + ", not from " + allocator + ".";
    }
  }
}
