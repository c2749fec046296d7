package org.onemalloc.inspect.windows;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A C runtime of Windows. A block that it allocates must be freed by the same runtime.
 *
 * @param name its DLL in lower case, or {@code static} for a copy linked into the module itself
 * @param heap the heap that its malloc uses
 */
public record CRuntime(String name, Heap heap) {
  /** The heap of a runtime. */
  public enum Heap {
    /** The process heap ({@code GetProcessHeap}): any runtime that uses it can free the blocks. */
    PROCESS,
    /** A heap of its own ({@code HeapCreate}). */
    OWN,
    /** A heap with a header of the debug runtime before each block. */
    DEBUG,
    /** Not known. */
    UNKNOWN
  }

  /** A copy linked into the module; the release form of the Universal CRT uses the process heap. */
  static final CRuntime STATIC_UNIVERSAL = new CRuntime("static", Heap.PROCESS);

  /** A copy linked into the module that creates a heap. */
  static final CRuntime STATIC_OWN = new CRuntime("static", Heap.OWN);

  private static final Pattern VERSIONED = Pattern.compile("msvcr([0-9]{2,3})(d?)\\.dll");

  /**
   * The runtime that a DLL name of an import table is, after {@link ApiSets#resolve}.
   *
   * <p>The Universal CRT calls GetProcessHeap (Windows SDK, {@code ucrt/heap/heap_handle.cpp}), as
   * do those of Visual C++ 2012 and 2013; the older ones and {@code msvcrt.dll} create a heap
   * ({@code heapinit.c} of each; Wine's {@code dlls/msvcrt/heap.c} draws the same line).
   */
  public static Optional<CRuntime> of(String library) {
    String name = library.toLowerCase(Locale.ROOT);
    Matcher versioned = VERSIONED.matcher(name);
    if (name.equals("ucrtbase.dll")) {
      return Optional.of(new CRuntime(name, Heap.PROCESS));
    } else if (name.equals("ucrtbased.dll") || name.equals("msvcrtd.dll")) {
      return Optional.of(new CRuntime(name, Heap.DEBUG));
    } else if (name.equals("msvcrt.dll")) {
      return Optional.of(new CRuntime(name, Heap.OWN));
    } else if (versioned.matches()) {
      boolean shares = Integer.parseInt(versioned.group(1)) >= 110;
      Heap heap = shares ? Heap.PROCESS : Heap.OWN;
      return Optional.of(new CRuntime(name, versioned.group(2).isEmpty() ? heap : Heap.DEBUG));
    }
    return Optional.empty();
  }

  /**
   * Whether a block of plain {@code malloc} of one can be freed by the other's {@code free}. Where
   * both use the process heap it works, although Microsoft does not promise it ("Potential errors
   * passing CRT objects across DLL boundaries"); {@code _aligned_malloc} and its like are a family
   * of their own everywhere.
   *
   * @param sameModule whether both are used by the same module, so that {@code static} is one copy
   */
  public boolean isOneHeapWith(CRuntime other, boolean sameModule) {
    if (heap == Heap.PROCESS && other.heap == Heap.PROCESS) {
      return true;
    }
    return equals(other) && heap != Heap.UNKNOWN && (sameModule || !name.equals("static"));
  }
}
