package org.onemalloc.allocators;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.onemalloc.objectfile.elf.ElfKind;

/**
 * The allocators of this machine: the system's own, the bundled ones, and the installed ones.
 *
 * <p>What a name means:
 *
 * <ul>
 *   <li>{@code system} is the malloc of the C library.
 *   <li>{@code mimalloc} is the bundled one wherever one is bundled; where it is not available, the
 *       name is an error, never an installed one. {@code jemalloc} is the installed one, because
 *       the bundled build has no statistics, or otherwise the bundled one. {@code tcmalloc} and
 *       {@code snmalloc} are the installed ones. Of several installed ones the name means the first
 *       that can be preloaded.
 *   <li>{@code mimalloc@bundled}, {@code mimalloc@installed} (the newest installed) and {@code
 *       mimalloc@2.0.9} mean exactly that one.
 *   <li>Anything with a slash is the path of a shared library.
 *   <li>{@code +tuned} after any of them adds its server profile ({@link #choose}, {@link Tuning}),
 *       and {@code +FILE} after a name the settings in a file ({@link SettingsProfile}).
 * </ul>
 *
 * <p>Nothing has to be installed: libraries are read, derived and tried here. Descriptions of
 * libraries are kept in the {@link CacheDirectory}, if there is one. Libraries are read on demand.
 */
public final class Allocators {
  private static final List<Kind> KNOWN =
      List.of(Kind.MIMALLOC, Kind.JEMALLOC, Kind.TCMALLOC, Kind.SNMALLOC);

  private final ElfKind programs;
  private final LoaderCache loader;
  private final Optional<CacheDirectory> cache;
  private final String withoutCache;

  private Allocators(
      ElfKind programs, LoaderCache loader, Optional<CacheDirectory> cache, String withoutCache) {
    this.programs = programs;
    this.loader = loader;
    this.cache = cache;
    this.withoutCache = withoutCache;
  }

  /**
   * Returns the allocators of this machine for the user who runs this process.
   *
   * @throws AllocatorException if this is not Linux with /proc, or its processor is unknown
   */
  public static Allocators ofThisMachine() {
    return forPrograms(Machine.kind());
  }

  /**
   * Returns the allocators for programs of a kind. For another processor than this machine's these
   * are the bundled ones and those that are named by a path; none of them is tried.
   *
   * @param programs the kind of the programs
   * @throws AllocatorException if this is not Linux with /proc
   */
  public static Allocators forPrograms(ElfKind programs) {
    if (!System.getProperty("os.name").equals("Linux")) {
      throw new AllocatorException(
          "Allocators can be replaced only on Linux, and this is " + System.getProperty("os.name"));
    }
    LoaderCache loader =
        Machine.isThis(programs) ? LoaderCache.ofThisMachine() : LoaderCache.empty();
    try {
      return new Allocators(programs, loader, Optional.of(CacheDirectory.ofThisUser()), "");
    } catch (AllocatorException e) {
      // A container may have no place to write. What is installed can still be used.
      return new Allocators(programs, loader, Optional.empty(), e.getMessage());
    }
  }

  static Allocators withoutCache(LoaderCache loader, String reason) {
    return new Allocators(Machine.kind(), loader, Optional.empty(), reason);
  }

  static Allocators of(LoaderCache loader, CacheDirectory cache) {
    return new Allocators(Machine.kind(), loader, Optional.of(cache), "");
  }

  /**
   * Returns every allocator that is known here, the usual one of each name first, described.
   *
   * @throws AllocatorException if a bundled one cannot be derived
   */
  public List<Allocator> all() {
    List<Allocator> all = new ArrayList<>();
    all.add(system());
    KNOWN.forEach(kind -> all.addAll(of(kind, Bundled::look)));
    return List.copyOf(all);
  }

  /**
   * Returns the allocator of a name, a qualified name, or a path.
   *
   * @throws AllocatorException if nothing here has this name, if a bundled one cannot be derived or
   *     stored, or if the file is missing, is not a shared library, or is of another architecture.
   *     A library that is not a fit replacement is returned: its {@link Fitness} says so
   */
  public Allocator find(String nameOrPath) {
    if (nameOrPath.contains("/")) {
      return ofPath(Path.of(nameOrPath));
    }
    int at = nameOrPath.indexOf('@');
    String name = at < 0 ? nameOrPath : nameOrPath.substring(0, at);
    if (nameOrPath.equals(Kind.SYSTEM.word())) {
      return system();
    }
    Kind kind =
        KNOWN.stream()
            .filter(k -> k.word().equals(name))
            .findFirst()
            .orElseThrow(() -> unknown(nameOrPath));
    List<Allocator> found = of(kind, Bundled::find);
    if (found.isEmpty() && !Machine.isThis(programs)) {
      throw new AllocatorException(
          "There is no %s for %s here: give the path of its library."
              .formatted(name, programs.title()));
    }
    if (found.isEmpty()) {
      throw new AllocatorException(
          "There is no %s on this machine: install one (%s) or give the path of its library."
              .formatted(name, kind.packageName()));
    }
    Allocator meant =
        found.stream()
            .filter(a -> at < 0 ? a.usual() : isMeant(a, nameOrPath.substring(at + 1)))
            .findFirst()
            .orElseThrow(() -> notAmong(nameOrPath, found));
    if (meant.library().isEmpty()) {
      throw unavailable(meant, found);
    }
    return meant;
  }

  /**
   * Returns the allocator of a name or path, with its server profile if {@code +tuned} follows, or
   * with the profile in a file if {@code +FILE} follows.
   *
   * @throws AllocatorException as {@link #find}, if the allocator has no server profile, or if the
   *     file is not a profile of this allocator
   */
  public Choice choose(String spec) {
    Optional<Path> file = profileIn(spec);
    if (file.isPresent()) {
      Allocator allocator = find(spec.substring(0, spec.indexOf(Choice.WITH)));
      return new Choice(allocator, false).with(SettingsProfile.read(file.get()));
    }
    boolean tuned = spec.endsWith(Choice.TUNED);
    String name = tuned ? spec.substring(0, spec.length() - Choice.TUNED.length()) : spec;
    Allocator allocator = find(name);
    if (tuned && Tuning.settings(allocator).isEmpty()) {
      throw new AllocatorException(
          "There is no server profile for %s: omit %s.".formatted(name, Choice.TUNED));
    }
    return new Choice(allocator, tuned);
  }

  /**
   * Returns the file of a profile that a name asks for, {@code jemalloc+found.profile}: what
   * follows the plus sign, if an allocator is named before it and another word than {@code tuned}
   * after it. A plus sign in a path belongs to the path.
   *
   * @param spec the name of an allocator, as {@link #choose} takes it
   * @return the file; empty if the name asks for none
   */
  public static Optional<Path> profileIn(String spec) {
    int plus = spec.indexOf(Choice.WITH);
    if (plus < 0 || spec.endsWith(Choice.TUNED) || spec.substring(0, plus).contains("/")) {
      return Optional.empty();
    }
    String file = spec.substring(plus + 1);
    return file.isEmpty() ? Optional.empty() : Optional.of(Path.of(file));
  }

  private Allocator system() {
    Description description =
        Machine.libc()
            .map(libc -> remembered(libc, SystemAllocator::describe))
            .orElseGet(SystemAllocator::unknown);
    return allocator(Kind.SYSTEM.word(), "", Origin.SYSTEM, null, description).asUsual();
  }

  private static boolean isMeant(Allocator allocator, String qualifier) {
    return allocator.qualifier().equals(qualifier) || allocator.version().equals(qualifier);
  }

  /** Returns the error; an installed allocator never silently replaces the bundled one. */
  private static AllocatorException unavailable(Allocator meant, Collection<Allocator> found) {
    String others =
        found.stream()
            .filter(a -> a.library().isPresent())
            .map(Allocator::qualifiedName)
            .collect(Collectors.joining(", "));
    return new AllocatorException(
        "%s is not available: %s%s"
            .formatted(
                meant.qualifiedName(),
                meant.preload().reason(),
                others.isEmpty() ? "" : " Other allocators: " + others + "."));
  }

  private static AllocatorException unknown(String name) {
    return new AllocatorException(
        "There is no allocator called \"%s\": name system, %s, or the path of a shared library."
            .formatted(name, String.join(", ", KNOWN.stream().map(Kind::word).toList())));
  }

  private static AllocatorException notAmong(String name, Collection<Allocator> found) {
    return new AllocatorException(
        "There is no %s on this machine: there is %s."
            .formatted(
                name, String.join(", ", found.stream().map(Allocator::qualifiedName).toList())));
  }

  private Allocator ofPath(Path path) {
    Path library = path.toAbsolutePath().normalize();
    String name = library.getFileName() == null ? "/" : library.getFileName().toString();
    return allocator(name, "", Origin.PATH, library, describe(library)).asUsual();
  }

  /** Returns all of a kind, the usual one first. */
  private List<Allocator> of(
      Kind kind, BiFunction<Bundled, CacheDirectory, Bundled.Found> finding) {
    List<Allocator> all = new ArrayList<>(installed(kind));
    Optional<Allocator> bundled = Bundled.of(kind, programs).map(b -> bundled(kind, b, finding));
    bundled.ifPresent(b -> all.add(kind == Kind.MIMALLOC ? 0 : all.size(), b));
    if (all.isEmpty()) {
      return all;
    }
    Allocator usual =
        kind == Kind.MIMALLOC
            ? all.getFirst()
            : all.stream().filter(a -> a.preload().fit()).findFirst().orElse(all.getFirst());
    all.remove(usual);
    all.addFirst(usual.asUsual());
    return all;
  }

  private List<Allocator> installed(Kind kind) {
    List<Allocator> installed = new ArrayList<>();
    for (String stem : kind.stems()) {
      if (!installed.isEmpty()) {
        break;
      }
      for (Path library : loader.find(stem)) {
        try {
          Description description = describe(library);
          String qualifier = installed.isEmpty() ? Origin.INSTALLED.word() : description.version();
          installed.add(allocator(kind.word(), qualifier, Origin.INSTALLED, library, description));
        } catch (AllocatorException e) {
          // for another architecture, or a linker script: the loader skips it too
        }
      }
    }
    return installed;
  }

  private Allocator bundled(
      Kind kind, Bundled bundled, BiFunction<Bundled, CacheDirectory, Bundled.Found> finding) {
    if (cache.isEmpty()) {
      return unavailable(kind, withoutCache);
    }
    try {
      Bundled.Found found = finding.apply(bundled, cache.get());
      Allocator allocator =
          allocator(
              kind.word(),
              Origin.BUNDLED.word(),
              Origin.BUNDLED,
              found.library(),
              found.description());
      return allocator.version().isEmpty()
          ? allocator.withVersion("dev-" + bundled.commit())
          : allocator;
    } catch (AllocatorException e) {
      return unavailable(kind, e.getMessage());
    }
  }

  private static Allocator unavailable(Kind kind, String reason) {
    Fitness unfit = Fitness.unfit(reason);
    Description nothing =
        new Description(kind, "", Set.of(), Set.of(), 0, "", "", unfit, unfit, unfit);
    return allocator(kind.word(), Origin.BUNDLED.word(), Origin.BUNDLED, null, nothing);
  }

  private Description describe(Path library) {
    Path carried = cache.map(c -> c.carried(library)).orElse(library);
    return remembered(library, path -> Describer.describe(path, carried, programs));
  }

  /** What was not tried is not stored: a description holds for this machine. */
  private Description remembered(Path library, Function<Path, Description> describer) {
    if (!Machine.isThis(programs)) {
      return describer.apply(library);
    }
    Optional<Description> known = cache.flatMap(c -> Memo.recall(c, library));
    if (known.isPresent()) {
      return known.get();
    }
    Description description = describer.apply(library);
    cache.ifPresent(c -> Memo.store(c, library, description));
    return description;
  }

  private static Allocator allocator(
      String name, String qualifier, Origin origin, Path library, Description description) {
    return new Allocator(
        name,
        qualifier,
        false,
        description.kind(),
        description.version(),
        origin,
        Optional.ofNullable(library),
        description.features(),
        description.missing(),
        description.pageSize(),
        description.configuration(),
        description.defect(),
        description.preload(),
        description.dlopen(),
        description.link());
  }
}
