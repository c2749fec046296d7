package org.onemalloc.allocators;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The functions that a replacement of malloc must define, and their names in prefixed builds.
 *
 * <p>Source: glibc manual, "Replacing malloc" (manual/memory.texi), and malloc/Versions for the
 * names of C23. A function that the replacement lacks is taken from libc; a block of libc's given
 * to the replacement's {@code free} is a crash.
 */
public final class MallocFamily {
  /**
   * The functions without which a library is not a replacement: ordinary programs call each of them
   * and free the result.
   */
  public static final List<String> REQUIRED =
      List.of(
          "malloc",
          "calloc",
          "realloc",
          "free",
          "memalign",
          "aligned_alloc",
          "posix_memalign",
          "malloc_usable_size");

  /**
   * The functions that few programs call, but that crash when called and left to libc: those that
   * allocate in libc's heap, and those that free there.
   */
  public static final List<String> SELDOM =
      List.of("valloc", "pvalloc", "free_sized", "free_aligned_sized", "cfree");

  /**
   * The functions that are safe to leave to libc: {@code reallocarray} calls {@code realloc}
   * through the PLT and so stays with the replacement (glibc malloc/reallocarray.c).
   */
  public static final List<String> SAFE_IN_LIBC = List.of("reallocarray");

  /** All of the above: what one allocator must provide to a whole process. */
  public static final List<String> ALL =
      Stream.of(REQUIRED, SELDOM, SAFE_IN_LIBC).flatMap(List::stream).toList();

  /**
   * glibc's second names for the family, which some programs call. Only some replacements define
   * them; jemalloc does so only for a glibc that still has malloc hooks.
   */
  public static final List<String> SECOND_NAMES =
      List.of(
          "__libc_malloc",
          "__libc_calloc",
          "__libc_realloc",
          "__libc_free",
          "__libc_memalign",
          "__libc_valloc",
          "__libc_pvalloc");

  /**
   * The functions that Java's default lookup must find in the allocator or not at all: those whose
   * blocks, or whose argument, belong to the heap of the function's own library.
   */
  public static final List<String> OWN_HEAP =
      Stream.of(REQUIRED, SELDOM, SECOND_NAMES).flatMap(List::stream).toList();

  /**
   * Calls that configure or query glibc's own malloc, and have no effect under another (glibc
   * manual, "Replacing malloc").
   */
  public static final List<String> GLIBC_ONLY =
      List.of("malloc_trim", "mallopt", "mallinfo", "mallinfo2", "malloc_info", "malloc_stats");

  /** jemalloc's extended calls; gperftools and snmalloc have some of them too. */
  public static final List<String> JEMALLOC_EXTENDED =
      List.of(
          "mallocx",
          "rallocx",
          "xallocx",
          "sallocx",
          "dallocx",
          "sdallocx",
          "nallocx",
          "mallctl",
          "mallctlnametomib",
          "mallctlbymib",
          "malloc_stats_print");

  /**
   * What the names of a derived mimalloc begin with, before mimalloc's own {@code mi_}. {@code
   * onemalloc_} is the seam's.
   */
  public static final String OWN_PREFIX = "one_";

  private MallocFamily() {}

  /**
   * Returns the names of the family that are missing from a library's exports, sorted: of {@link
   * #REQUIRED} and {@link #SELDOM}.
   *
   * @param exports the names that the library defines for others
   */
  public static Set<String> missing(Set<String> exports) {
    Set<String> missing = new TreeSet<>(REQUIRED);
    missing.addAll(SELDOM);
    missing.removeAll(exports);
    return missing;
  }

  /**
   * Returns the C names by the names of a mimalloc built with the prefix {@code mi_}, as far as the
   * library has them.
   *
   * @param exports the names that the library defines
   */
  static Map<String, String> mimallocAliases(Collection<String> exports) {
    Map<String, String> aliases = prefixed("mi_", exports);
    // mimalloc 3 dropped mi_malloc_usable_size
    alias(aliases, "malloc_usable_size", "mi_usable_size", exports);
    alias(aliases, "cfree", "mi_free", exports);
    // free_sized(p, size) is mi_free_size(p, size), but free_aligned_sized(p, alignment, size) is
    // not mi_free_size_aligned(p, size, alignment): mi_free ignores what follows the pointer
    alias(aliases, "free_sized", "mi_free_size", exports);
    alias(aliases, "free_aligned_sized", "mi_free", exports);
    return aliases;
  }

  /**
   * Returns the functions that a derived mimalloc exports under names of onemalloc's own, with
   * those names: all of mimalloc's but {@code mi_version}, by which a mimalloc is recognised.
   *
   * <p>mimalloc's functions call each other by their exported names. A second mimalloc in the
   * process, such as LWJGL's, would call those of the first one, and end it by SIGSEGV.
   *
   * @param exports the names that the library defines
   */
  static Map<String, String> mimallocOwnNames(Collection<String> exports) {
    return exports.stream()
        .filter(name -> name.startsWith("mi_") && !name.equals("mi_version"))
        .collect(Collectors.toMap(name -> name, name -> OWN_PREFIX + name));
  }

  /**
   * Returns the C names by the names of a jemalloc built with the prefix {@code je_}, the extended
   * calls included.
   *
   * @param exports the names that the library defines
   */
  static Map<String, String> jemallocAliases(Collection<String> exports) {
    Map<String, String> aliases = prefixed("je_", exports);
    alias(aliases, "cfree", "je_free", exports);
    for (String name : JEMALLOC_EXTENDED) {
      alias(aliases, name, "je_" + name, exports);
    }
    return aliases;
  }

  private static Map<String, String> prefixed(String prefix, Collection<String> exports) {
    Map<String, String> aliases = new LinkedHashMap<>();
    for (List<String> names : List.of(REQUIRED, SELDOM, SAFE_IN_LIBC)) {
      for (String name : names) {
        alias(aliases, name, prefix + name, exports);
      }
    }
    return aliases;
  }

  private static void alias(
      Map<String, String> aliases, String name, String existing, Collection<String> exports) {
    if (exports.contains(existing)) {
      aliases.put(name, existing);
    }
  }
}
