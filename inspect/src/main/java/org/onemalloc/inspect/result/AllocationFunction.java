package org.onemalloc.inspect.result;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.onemalloc.allocators.MallocFamily;

/**
 * The kinds of function that an inspection looks for. Names are those of ELF files and C; for
 * Mach-O the caller removes the leading underscore.
 */
public enum AllocationFunction {
  /**
   * The malloc family: what a replacement must define as a whole (glibc manual, "Replacing malloc";
   * malloc/Versions for the names of C23; {@code __libc_*} are glibc's own second names).
   */
  FAMILY,
  /**
   * C++'s operator new and delete in all their forms, which call malloc and free unless replaced
   * (Itanium C++ ABI, §5.1.3: {@code nw}, {@code na}, {@code dl}, {@code da}).
   */
  OPERATOR,
  /**
   * Calls that only one allocator has, on blocks of that allocator: jemalloc's (also in gperftools
   * and snmalloc), mimalloc's {@code mi_*}, tcmalloc's.
   */
  EXTENDED,
  /** Calls that configure or query glibc's own malloc, and have no effect under another. */
  GLIBC_ONLY;

  private static final Set<String> FAMILY_NAMES =
      Stream.of(
              MallocFamily.REQUIRED,
              MallocFamily.SELDOM,
              MallocFamily.SAFE_IN_LIBC,
              MallocFamily.SECOND_NAMES)
          .flatMap(List::stream)
          .collect(Collectors.toUnmodifiableSet());

  private static final Set<String> FREE_NAMES =
      Set.of("free", "cfree", "free_sized", "free_aligned_sized", "__libc_free");

  private static final Set<String> EXTENDED_NAMES = Set.copyOf(MallocFamily.JEMALLOC_EXTENDED);
  private static final Set<String> GLIBC_ONLY_NAMES = Set.copyOf(MallocFamily.GLIBC_ONLY);

  /** Names longer than the prefixes {@code mi_} and {@code tc_}, which MySQL and others use too. */
  private static final List<String> OWN_PREFIXES =
      List.of(
          "mi_malloc",
          "mi_calloc",
          "mi_zalloc",
          "mi_realloc",
          "mi_free",
          "mi_expand",
          "mi_usable_size",
          "mi_heap_",
          MallocFamily.OWN_PREFIX + "mi_",
          "tc_malloc",
          "tc_calloc",
          "tc_realloc",
          "tc_memalign",
          "tc_free",
          "tc_nallocx",
          "MallocExtension_");

  /** gperftools' and google/tcmalloc's class MallocExtension, mangled. */
  private static final String TCMALLOC_EXTENSION = "_ZN15MallocExtension";

  /** The first letters of all names but those of operators. */
  private static final String FIRST_LETTERS =
      Stream.of(FAMILY_NAMES, EXTENDED_NAMES, GLIBC_ONLY_NAMES, OWN_PREFIXES)
          .flatMap(Collection::stream)
          .map(name -> name.substring(0, 1))
          .distinct()
          .collect(Collectors.joining());

  /**
   * Returns the kind of a function.
   *
   * @param name its name, without a version
   * @return the kind; empty for any other function
   */
  public static Optional<AllocationFunction> of(String name) {
    // called for every symbol of every file; nearly all calls end here
    if (name.startsWith("_Z")) {
      if (isOperator(name)) {
        return Optional.of(OPERATOR);
      }
      return name.startsWith(TCMALLOC_EXTENSION) ? Optional.of(EXTENDED) : Optional.empty();
    }
    if (name.isEmpty() || FIRST_LETTERS.indexOf(name.charAt(0)) < 0) {
      return Optional.empty();
    }
    if (FAMILY_NAMES.contains(name)) {
      return Optional.of(FAMILY);
    }
    if (EXTENDED_NAMES.contains(name) || isOfOneAllocator(name)) {
      return Optional.of(EXTENDED);
    }
    return GLIBC_ONLY_NAMES.contains(name) ? Optional.of(GLIBC_ONLY) : Optional.empty();
  }

  /**
   * Returns whether a module's own definition replaces the runtime's in the whole process.
   *
   * @param name a function's name, without a version
   * @return true for the malloc family and C++'s operators
   */
  public static boolean isReplaceable(String name) {
    return of(name).filter(kind -> kind == FAMILY || kind == OPERATOR).isPresent();
  }

  /**
   * Returns whether a function of the malloc family gives out a block.
   *
   * @param name a function's name, without a version
   * @return false for those that only free or query, and for all that are not of the family
   */
  public static boolean allocates(String name) {
    return FAMILY_NAMES.contains(name) && !frees(name) && !name.equals("malloc_usable_size");
  }

  /**
   * Returns whether a function of the malloc family frees a block and gives out none.
   *
   * @param name a function's name, without a version
   * @return true for {@code free} and its variants
   */
  public static boolean frees(String name) {
    return FREE_NAMES.contains(name);
  }

  private static boolean isOperator(String name) {
    return name.startsWith("_Znw")
        || name.startsWith("_Zna")
        || name.startsWith("_Zdl")
        || name.startsWith("_Zda");
  }

  private static boolean isOfOneAllocator(String name) {
    return OWN_PREFIXES.stream().anyMatch(name::startsWith);
  }
}
