package org.onemalloc.inspect.hazard;

import java.util.List;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/** The known hazards, each with its consequence and remedy. */
public enum HazardKind {
  /** One module's extended calls and its free lead to two allocators (crash case 1 of 2014). */
  EXTENDED_CALLS_FROM_ANOTHER_PROVIDER(
      "extended-calls-from-another-provider",
      "A block of mallocx or mi_malloc that is passed to free, or the reverse, ends the process: the"
          + " allocator allows it, but here the two functions are of different heaps.",
      "Let one provider serve both: run the program on that allocator, link the program with it"
          + " first, or remove it from the library."),
  /** A library that was opened in such a way that its free is not the process's (crash case 2). */
  DEEPBIND(
      "deepbind",
      "Blocks of strdup, getline and the like are the process heap's, and this library passes"
          + " them to another heap's free: the process ends with an invalid pointer.",
      "Start the program by onemalloc run, which opens it without RTLD_DEEPBIND, or run it on the C library's own malloc."),
  /** malloc or free looked up by a handle of libc. */
  DLSYM_BY_HANDLE(
      "dlsym-by-handle",
      "dlsym with libc's handle finds libc's own malloc and free under every replacement: a block"
          + " of one heap that is freed in the other ends the process.",
      "Look them up with RTLD_DEFAULT, or call them by name."),
  /** A library that binds malloc to a definition of its own. */
  SYMBOLIC(
      "symbolic",
      "The library uses a malloc of its own while its host uses another: a block that is allocated"
          + " by one and freed by the other ends the process.",
      "Build it without -Bsymbolic and without an allocator: the program chooses."),
  /** An allocator linked in, under the names of C but invisible. */
  PRIVATE_COPY(
      "private-copy",
      "Blocks that the library passes to others, or gets from them, are freed in the wrong heap:"
          + " the process ends.",
      "Build it without an allocator, or let it free its own blocks."),
  /** Java's default lookup finds libc's free under a replacement. */
  FFM_DEFAULT_LOOKUP(
      "ffm-default-lookup",
      "If Java code frees a block of a C function through Linker.defaultLookup(), or C code frees"
          + " a block that Java allocated through it, the JVM ends; blocks that Java allocates and"
          + " frees through it (Netty 4.2's buffers) stay in libc's heap.",
      "Use onemalloc run, or onemalloc link on the image: both make that lookup find the"
          + " allocator."),
  /** The JDK's own font code allocates by one lookup and frees by another. */
  FFM_LOADER_LOOKUP(
      "ffm-loader-lookup",
      "For text layout the JDK allocates tables with libc's malloc, and passes them to the"
          + " process's free when the font is disposed of: the JVM ends (JDK-8378603).",
      "Use a JDK with JDK-8378603, avoid AWT's text layout, or make the allocator the first needed"
          + " library of every library in the JDK's lib/."),
  /** A replacement that lacks functions which are called. */
  FAMILY_WITH_HOLES(
      "family-with-holes",
      "Blocks of the missing function are libc's, and are passed to the replacement's free: the"
          + " process ends.",
      "Use an allocator that defines the whole family (onemalloc allocators lists what each"
          + " lacks)."),
  /** Operators of C++ that a program and an allocator share. */
  MIXED_OPERATORS(
      "mixed-operators",
      "What one provider's operator new gave is freed by the other's operator delete: the process"
          + " ends or its memory is damaged, unless both only call malloc and free, and what the"
          + " program's own operators count is wrong.",
      "Use a library without these operators (onemalloc's own mimalloc, jemalloc@bundled), or"
          + " define all forms of operator new and delete in the program."),
  /** A replacement whose own thread-local variables need malloc. */
  GENERAL_DYNAMIC_TLS(
      "general-dynamic-tls",
      "malloc calls __tls_get_addr, which calls malloc after libraries with thread-local variables"
          + " were opened: the stack overflows, in a JVM after about twelve such libraries.",
      "Use a build with initial-exec TLS (jemalloc without --disable-initial-exec-tls)."),
  /** A library with more static TLS than there is room for. */
  INITIAL_EXEC_DLOPENED(
      "initial-exec-dlopened",
      "dlopen and System.load fail: \"cannot allocate memory in static TLS block\".",
      "Load it at program start (linked or preloaded), build it with dynamic TLS, or set"
          + " GLIBC_TUNABLES=glibc.rtld.optional_static_tls to the size that it needs."),
  /** An allocator that is loaded but that nothing is bound to. */
  ALLOCATOR_SERVES_NOBODY(
      "allocator-serves-nobody",
      "It is loaded but unused: the process runs on another malloc, and settings for this allocator"
          + " have no effect.",
      "Put it before libc: use onemalloc link on the program, or link the program with it first"
          + " (-Wl,--no-as-needed and the library before all others)."),
  /** Statistics and settings of an allocator that has none of the blocks. */
  CONTROL_OF_ANOTHER_HEAP(
      "control-of-another-heap",
      "It reads the statistics or changes the settings of an allocator that has none of its blocks:"
          + " the figures are of an empty heap, and decisions made from them are wrong.",
      "Run it on the allocator that it queries, or turn off what uses these figures."),
  /** Two files with one name. */
  SONAME_TWICE(
      "soname-twice",
      "The loader uses the first one for every DT_NEEDED of that name: the other is unused, or is"
          + " loaded too as a second heap.",
      "Give one of them another SONAME, or load only one."),
  /** A program built with a sanitizer, with a preloaded allocator. */
  SANITIZER(
      "sanitizer",
      "The sanitizer has its own malloc and must be the first library: the program ends at its"
          + " start.",
      "Build it without the sanitizer, or run it on the sanitizer's malloc."),
  /** A program that the loader would not start. */
  DOES_NOT_START(
      "does-not-start",
      "The loader ends the program before its first instruction.",
      "Use an allocator built for this program's C library and machine, or install what is"
          + " missing."),
  /** A preloaded library that the loader will not load. */
  PRELOAD_IGNORED(
      "preload-ignored",
      "The loader silently ignores LD_PRELOAD: the program runs on the malloc that it would use"
          + " without it.",
      "Link the program with the allocator (run onemalloc link on a copy without these rights, and"
          + " set them again afterwards), or start it without them."),
  /** Optional calls that exist wholly, in part, or not at all. */
  WEAK_HOOKS(
      "weak-hooks",
      "It uses an allocator's own functions only if it finds them; code that tests for one and"
          + " calls another jumps to address 0 if only some exist.",
      "Nothing, if this is intended; otherwise load the allocator of these functions at program"
          + " start."),
  /** Calls that configure glibc's malloc while another serves the process. */
  GLIBC_ONLY_CALLS(
      "glibc-only-calls",
      "They act on glibc's heap, which is empty: nothing is trimmed, tuned or counted.",
      "Use what the allocator itself offers: its configuration variable, its decay times, its"
          + " statistics."),
  /** An allocator built for smaller pages than the kernel's. */
  PAGE_SIZE(
      "page-size",
      "On a kernel with larger pages its malloc fails from the first call: \"Unsupported system"
          + " page size\".",
      "Use a build for larger pages (--with-lg-page=16 serves all)."),
  /** All memory is locked, with what the allocator has only reserved. */
  LOCKED_MEMORY(
      "locked-memory",
      "mimalloc reserves 1 GiB at its first block, and all of it counts as locked, or is made"
          + " resident, so that mlockall fails where RLIMIT_MEMLOCK is smaller (jemalloc reserves"
          + " little, and mimalloc 64 MiB at a time with MIMALLOC_ARENA_RESERVE=65536).",
      "Run it on jemalloc, or set MIMALLOC_ARENA_RESERVE=65536 (KiB), which reserves 64 MiB at a"
          + " time."),
  /** A filter of system calls that does not know those of the allocator. */
  SYSTEM_CALL_FILTER(
      "system-call-filter",
      "A filter that is written for the C library's malloc may forbid what the allocator calls in"
          + " its place (mmap, munmap, madvise, mprotect), and then ends the process.",
      "Start it by onemalloc run, or link it: both choose the settings with which the allocator"
          + " makes the fewest of these calls. Then test the work that it does behind its filter."),
  /** Several C runtimes, each with a heap, in modules that exchange blocks. */
  WINDOWS_RUNTIMES_MIXED(
      "windows-runtimes-mixed",
      "Each copy of a C runtime has a heap of its own: a block allocated in one and freed in the"
          + " other corrupts both.",
      "Build both with the same runtime DLL (/MD), or let each free its own blocks."),
  /** A C runtime linked into a module of Windows. */
  WINDOWS_RUNTIME_INSIDE(
      "windows-runtime-inside",
      "Only the module itself may free its blocks: another module's free belongs to another C"
          + " runtime.",
      "Nothing, if it frees its own blocks; otherwise build it with the runtime DLL (/MD) of the"
          + " modules that it exchanges blocks with."),
  /** Flags and variables for glibc's malloc while another serves the process. */
  SETTINGS_WITHOUT_EFFECT(
      "settings-without-effect",
      "They configure glibc's malloc, which serves nothing here.",
      "Remove them, and use the allocator's own settings (decay times, background threads)."),
  /** Two allocators in one process. */
  TWO_HEAPS(
      "two-heaps",
      "Free memory of one heap cannot serve the other, both keep caches and slack, and tuning one"
          + " does not change the other.",
      "Build the module without its allocator, or accept it and tune it by its own variable.");

  private final String id;
  private final String consequence;
  private final String remedy;

  HazardKind(String id, String consequence, String remedy) {
    this.id = id;
    this.consequence = consequence;
    this.remedy = remedy;
  }

  /**
   * The stable name.
   *
   * @return lower case with hyphens
   */
  public String id() {
    return id;
  }

  Hazard at(Part part, Severity severity, List<String> evidence) {
    return at(part.name(), severity, evidence);
  }

  Hazard at(String module, Severity severity, List<String> evidence) {
    return new Hazard(id, severity, module, evidence, consequence, remedy);
  }

  Hazard at(Part part, Severity severity, String... evidence) {
    return at(part, severity, List.of(evidence));
  }
}
