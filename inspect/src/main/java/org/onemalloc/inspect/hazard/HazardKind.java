package org.onemalloc.inspect.hazard;

import java.util.List;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/** The hazards that are known, each with what breaks and what to do. */
public enum HazardKind {
  /** One module's extended calls and its free lead to two allocators (crash case 1 of 2014). */
  EXTENDED_CALLS_FROM_ANOTHER_PROVIDER(
      "extended-calls-from-another-provider",
      "A block from mallocx that is given to free, or the other way round, ends the process:"
          + " jemalloc's manual allows it, and here the two are of different heaps.",
      "Let one provider serve both: link the program with that allocator first, or drop it from"
          + " the library."),
  /** A library opened so that its free is not the process's (crash case 2). */
  DEEPBIND(
      "deepbind",
      "What strdup, getline and their like allocate is the process heap's, and this library gives"
          + " it to another heap's free: the process ends with an invalid pointer.",
      "Open it without RTLD_DEEPBIND, or run the process on the C library's own malloc."),
  /** malloc or free looked up by a handle of libc. */
  DLSYM_BY_HANDLE(
      "dlsym-by-handle",
      "dlsym with libc's handle finds libc's own malloc and free under every replacement: a block"
          + " of the one heap freed in the other ends the process.",
      "Look them up with RTLD_DEFAULT, or call them by name."),
  /** A library that binds malloc to a definition of its own. */
  SYMBOLIC(
      "symbolic",
      "The library keeps a malloc of its own while its host has another: a block that crosses"
          + " between them ends the process when it is freed.",
      "Build it without -Bsymbolic and without an allocator: the program chooses."),
  /** An allocator linked in, under the names of C but invisible. */
  PRIVATE_COPY(
      "private-copy",
      "Every block that the library hands out, and every one that it is given, is freed in the"
          + " wrong heap: the process ends.",
      "Build it without an allocator, or let it free what it hands out."),
  /** Java's default lookup finds libc's free under a replacement. */
  FFM_DEFAULT_LOOKUP(
      "ffm-default-lookup",
      "Java code that frees through Linker.defaultLookup() what a C function allocated, or C code"
          + " that frees what Java allocated so, ends the JVM; what Java allocates and frees so"
          + " (Netty 4.2's buffers) stays in libc's heap.",
      "Use onemalloc run, or onemalloc link on the image: both put the allocator behind that"
          + " lookup."),
  /** The JDK's own font code allocates by one lookup and frees by another. */
  FFM_LOADER_LOOKUP(
      "ffm-loader-lookup",
      "The JDK lays out text with tables from libc's malloc and gives them to the process's free"
          + " when the font is disposed of: the JVM ends (JDK-8378603).",
      "Take a JDK with JDK-8378603, do without AWT's text layout, or put the allocator in front of"
          + " what every library of the JDK's lib/ needs."),
  /** A replacement that lacks functions which are called. */
  FAMILY_WITH_HOLES(
      "family-with-holes",
      "What the missing function allocates is libc's, and goes to the replacement's free: the"
          + " process ends.",
      "Take an allocator that defines the whole family (onemalloc allocators lists what each"
          + " lacks)."),
  /** A replacement whose own thread-local variables need malloc. */
  GENERAL_DYNAMIC_TLS(
      "general-dynamic-tls",
      "malloc calls __tls_get_addr, which calls malloc when libraries with thread-local variables"
          + " were opened: the stack ends, in a JVM after a dozen of them.",
      "Take a build with initial-exec TLS (jemalloc without --disable-initial-exec-tls)."),
  /** A library with more static TLS than there is room for. */
  INITIAL_EXEC_DLOPENED(
      "initial-exec-dlopened",
      "dlopen and System.load fail: \"cannot allocate memory in static TLS block\".",
      "Have it there from the start (linked or preloaded), build it with dynamic TLS, or set"
          + " GLIBC_TUNABLES=glibc.rtld.optional_static_tls to what it needs."),
  /** An allocator that is loaded and that nothing is bound to. */
  ALLOCATOR_SERVES_NOBODY(
      "allocator-serves-nobody",
      "It is loaded and unused: the process runs on another malloc, and what was set or measured for"
          + " this allocator concerns nothing.",
      "Have it before libc: onemalloc link on the program, or link the program with it first"
          + " (-Wl,--no-as-needed and the library before all others)."),
  /** Statistics and settings of an allocator that has none of the blocks. */
  CONTROL_OF_ANOTHER_HEAP(
      "control-of-another-heap",
      "It reads the statistics or changes the settings of an allocator that has none of its blocks:"
          + " the figures are of an empty heap, and decisions made from them are wrong.",
      "Run it on the allocator that it asks, or turn off what uses these figures."),
  /** Two files that answer to one name. */
  SONAME_TWICE(
      "soname-twice",
      "The loader takes the first for every DT_NEEDED of that name: the other is not used, or is"
          + " loaded beside it as a second heap.",
      "Give one of them another SONAME, or load only one."),
  /** A program built with a sanitizer, behind a preloaded allocator. */
  SANITIZER(
      "sanitizer",
      "The sanitizer brings its own malloc and must be the first library: the program ends at its"
          + " start.",
      "Build it without the sanitizer, or run it on the malloc that the sanitizer brings."),
  /** A program that the loader would not start so. */
  DOES_NOT_START(
      "does-not-start",
      "The loader ends the program before its first instruction.",
      "Take an allocator built for this program's C library and machine, or have there what is"
          + " missing."),
  /** A preloaded library that the loader will not load. */
  PRELOAD_IGNORED(
      "preload-ignored",
      "The loader drops LD_PRELOAD without a word, and the program runs on the malloc that it has"
          + " without it.",
      "Link the program with the allocator (onemalloc link on a copy without these rights, which"
          + " are given to it again), or start it without them."),
  /** Optional calls that are there, in part, or not. */
  WEAK_HOOKS(
      "weak-hooks",
      "It uses an allocator's own calls only where it finds them; code that tests one and takes the"
          + " others for granted jumps to address 0 where only some are there.",
      "Nothing, if it is as wanted; else have the allocator whose calls these are in the process"
          + " from the start."),
  /** Calls that steer glibc's malloc while another serves. */
  GLIBC_ONLY_CALLS(
      "glibc-only-calls",
      "They speak to glibc's heap, which is empty: nothing is trimmed, tuned or counted.",
      "Use the allocator's own means: its configuration variable, its decay, its statistics."),
  /** An allocator built for smaller pages than the kernel's. */
  PAGE_SIZE(
      "page-size",
      "On a kernel with larger pages its malloc fails from the first call: \"Unsupported system"
          + " page size\".",
      "Take a build for larger pages (--with-lg-page=16 serves all)."),
  /** Several C runtimes, each with a heap, in modules that work together. */
  WINDOWS_RUNTIMES_MIXED(
      "windows-runtimes-mixed",
      "Each copy of a C runtime has a heap of its own: a block allocated in one and freed in the"
          + " other corrupts both.",
      "Build both with the same runtime DLL (/MD), or let each free what it allocated."),
  /** A C runtime linked into a module of Windows. */
  WINDOWS_RUNTIME_INSIDE(
      "windows-runtime-inside",
      "What it allocates is to be freed by itself alone: another module's free belongs to another"
          + " C runtime.",
      "Nothing, if it frees what it hands out; else build it with the runtime DLL (/MD) of the"
          + " modules that it works with."),
  /** Flags and variables for glibc's malloc while another serves. */
  SETTINGS_WITHOUT_EFFECT(
      "settings-without-effect",
      "They steer glibc's malloc, which serves nothing here.",
      "Remove them, and use the allocator's own settings (decay times, background threads)."),
  /** Two allocators side by side. */
  TWO_HEAPS(
      "two-heaps",
      "Free memory of one heap cannot serve the other, both keep caches and slack, and tuning one"
          + " leaves the other.",
      "Build the module without its allocator, or know that it is there and tune it by its own"
          + " variable.");

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
