package org.onemalloc.allocators;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * One allocator of this machine, described.
 *
 * @param name its name on the command line: {@code system}, {@code mimalloc}, {@code jemalloc},
 *     {@code tcmalloc}, {@code snmalloc}, or the file name of one named by its path
 * @param qualifier what distinguishes it from others of the same name: {@code bundled}, {@code
 *     installed}, a version; empty for {@code system} and for one named by its path
 * @param usual whether the bare name means this one
 * @param kind the allocator, recognised by what it exports
 * @param version the version that the library states, {@code 5.3.0}; empty if it states none
 * @param origin where it comes from
 * @param library the absolute path of the shared library; empty for the system's own
 * @param features what it offers beyond the malloc family
 * @param missing the functions of the malloc family that it lacks (see {@link MallocFamily}),
 *     sorted
 * @param pageSize the largest system page it was built for, in bytes, a power of two; 0 if it takes
 *     any
 * @param configuration the environment variable that it reads its options from, {@code
 *     MALLOC_CONF}; empty if no single variable holds them
 * @param defect a known error of this release that a program can meet, half a sentence; empty if
 *     none is known
 * @param preload whether it can be preloaded with LD_PRELOAD
 * @param dlopen whether it can be loaded into a running program, as a private heap
 * @param link whether it can be linked: DT_NEEDED of an executable
 */
public record Allocator(
    String name,
    String qualifier,
    boolean usual,
    Kind kind,
    String version,
    Origin origin,
    Optional<Path> library,
    Set<Feature> features,
    Set<String> missing,
    long pageSize,
    String configuration,
    String defect,
    Fitness preload,
    Fitness dlopen,
    Fitness link) {

  /** Checks that nothing is null and makes the sets unmodifiable. */
  public Allocator {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(qualifier, "qualifier");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(version, "version");
    Objects.requireNonNull(origin, "origin");
    Objects.requireNonNull(library, "library");
    Objects.requireNonNull(configuration, "configuration");
    Objects.requireNonNull(defect, "defect");
    Objects.requireNonNull(preload, "preload");
    Objects.requireNonNull(dlopen, "dlopen");
    Objects.requireNonNull(link, "link");
    features = Sets.ordered(features);
    missing = Sets.ordered(missing);
  }

  /**
   * Returns the name that means exactly this one: {@code mimalloc@bundled}, {@code system}, or the
   * path. {@link Allocators#find} takes it back.
   */
  public String qualifiedName() {
    if (origin == Origin.PATH) {
      return library.orElseThrow().toString();
    }
    return qualifier.isEmpty() ? name : name + "@" + qualifier;
  }

  /** Returns whether this is the malloc of the C library, for which nothing is loaded. */
  public boolean isSystem() {
    return kind == Kind.SYSTEM;
  }

  /** Returns the name and the version, as shown to users: {@code jemalloc 5.3.0}. */
  public String title() {
    return version.isEmpty() ? name : name + " " + version;
  }

  Allocator asUsual() {
    return with(true, version);
  }

  Allocator withVersion(String newVersion) {
    return with(usual, newVersion);
  }

  private Allocator with(boolean newUsual, String newVersion) {
    return new Allocator(
        name,
        qualifier,
        newUsual,
        kind,
        newVersion,
        origin,
        library,
        features,
        missing,
        pageSize,
        configuration,
        defect,
        preload,
        dlopen,
        link);
  }
}
