package org.onemalloc;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.onemalloc.internal.cache.ProcessHeap;
import org.onemalloc.internal.system.Calls;
import org.onemalloc.internal.system.Platform;
import org.onemalloc.internal.system.UnixSymbols;

/**
 * The process heap as C function pointers, for native libraries that let their caller choose an
 * allocator: then they allocate where {@link Heap} does, even if they were linked with an allocator
 * of their own.
 *
 * <p>The pointers are the allocator's own functions if the library's signature is C's. They are
 * valid for the life of the process and may be called from any thread. Pass them to a library once,
 * before its first allocation.
 */
public final class CFunctions {
  private static final int SQLITE_METHODS = 8;

  private final MemorySegment malloc;
  private final MemorySegment calloc;
  private final MemorySegment realloc;
  private final MemorySegment free;
  private final MemorySegment alignedAlloc;
  private final MemorySegment usableSize;
  private final MemorySegment strdup;
  private final MemorySegment abs;

  private CFunctions(UnixSymbols symbols) {
    this.malloc = found(symbols, "malloc");
    this.calloc = found(symbols, "calloc");
    this.realloc = found(symbols, "realloc");
    this.free = found(symbols, "free");
    this.alignedAlloc = found(symbols, "aligned_alloc");
    this.usableSize = found(symbols, "malloc_usable_size");
    this.strdup = found(symbols, "strdup");
    this.abs = found(symbols, "abs");
  }

  private static MemorySegment found(UnixSymbols symbols, String name) {
    long address = symbols.find(name);
    if (address == 0) {
      throw new HeapError("The process heap has no " + name + ", which C libraries need.");
    }
    return MemorySegment.ofAddress(address);
  }

  /**
   * Returns the functions of the process heap.
   *
   * @return the functions
   * @throws IllegalStateException if {@link Heap} was bound to a private heap, whose blocks must
   *     not meet C's {@code free}
   * @throws UnsupportedOperationException on Windows and macOS, whose C libraries have no {@code
   *     malloc_usable_size}
   * @throws HeapError if the allocator lacks one of the functions
   */
  public static CFunctions ofProcessHeap() {
    if (!ProcessHeap.BOUND.binding().sharedWithC()) {
      throw new IllegalStateException(
          "The heap is private, and its blocks must not be passed to C's free: start without"
              + " onemalloc.heap=private.");
    }
    Platform platform = Platform.here();
    if (platform.windows() || platform.mac()) {
      throw new UnsupportedOperationException("C function pointers are available only on Linux.");
    }
    return new CFunctions(UnixSymbols.global(platform));
  }

  /**
   * Returns the address of {@code void *malloc(size_t size)}.
   *
   * @return the function
   */
  public MemorySegment malloc() {
    return malloc;
  }

  /**
   * Returns the address of {@code void *calloc(size_t count, size_t size)}.
   *
   * @return the function
   */
  public MemorySegment calloc() {
    return calloc;
  }

  /**
   * Returns the address of {@code void *realloc(void *block, size_t size)}.
   *
   * @return the function
   */
  public MemorySegment realloc() {
    return realloc;
  }

  /**
   * Returns the address of {@code void free(void *block)}.
   *
   * @return the function
   */
  public MemorySegment free() {
    return free;
  }

  /**
   * Returns the address of {@code void *aligned_alloc(size_t alignment, size_t size)}; C requires
   * the size to be a multiple of the alignment.
   *
   * @return the function
   */
  public MemorySegment alignedAlloc() {
    return alignedAlloc;
  }

  /**
   * Returns the address of the function that frees blocks of {@link #alignedAlloc}: {@code free}.
   *
   * @return the function
   */
  public MemorySegment alignedFree() {
    return free;
  }

  /**
   * Returns the address of {@code char *strdup(const char *text)}, libc's: it allocates with the
   * process's malloc. For libxml2: {@code xmlMemSetup(free, malloc, realloc, strdup)}.
   *
   * @return the function
   */
  public MemorySegment strdup() {
    return strdup;
  }

  /**
   * Makes SQLite's {@code struct sqlite3_mem_methods}, for {@code
   * sqlite3_config(SQLITE_CONFIG_MALLOC, &methods)}, which copies it.
   *
   * <p>SQLite's sizes are ints from 0 to 2147483391, so that they are the same as size_t
   * (sqlite3.c, SQLITE_MAX_ALLOCATION_SIZE). {@code xRoundup} may return its argument, and {@code
   * xInit} is called with {@code pAppData}, which is null here, and must return 0: C's {@code abs}
   * does both.
   *
   * @param arena the arena that the struct is allocated in
   * @return the struct, 64 bytes
   */
  public MemorySegment sqliteMemMethods(Arena arena) {
    MemorySegment methods = arena.allocate(ADDRESS, SQLITE_METHODS);
    MemorySegment[] values = {malloc, free, realloc, usableSize, abs, abs, abs, MemorySegment.NULL};
    for (int i = 0; i < SQLITE_METHODS; i++) {
      methods.setAtIndex(ADDRESS, i, values[i]);
    }
    return methods;
  }

  /**
   * Makes zstd's {@code ZSTD_customMem}, which is passed by value to {@code
   * ZSTD_createCCtx_advanced} and the like.
   *
   * <p>Allocation is C's {@code realloc} of the null pointer that stands as {@code opaque}. {@code
   * customFree(opaque, block)} has the block as its second argument, as no C function does: it
   * calls back into Java, about 100 ns for each of the few blocks of a context.
   *
   * @param arena the arena that the struct is allocated in
   * @return the struct, 24 bytes
   */
  public MemorySegment zstdCustomMem(Arena arena) {
    MemorySegment custom = arena.allocate(ADDRESS, 3);
    custom.setAtIndex(ADDRESS, 0, realloc);
    custom.setAtIndex(ADDRESS, 1, Upcalls.FREE_SECOND);
    custom.setAtIndex(ADDRESS, 2, MemorySegment.NULL);
    return custom;
  }

  /**
   * Returns the function that GMP calls for reallocation, {@code void *(*)(void *block, size_t old,
   * size_t new)}: {@code mp_set_memory_functions(malloc, gmpReallocate, free)}. It calls back into
   * Java, because C's {@code realloc} has the new size as its second argument. GMP's {@code free}
   * passes the size as a second argument, which C's ignores.
   *
   * @return the function
   */
  public MemorySegment gmpReallocate() {
    return Upcalls.REALLOCATE;
  }

  /** The two signatures that C lacks, as upcalls for the life of the process; looked up by name. */
  @SuppressWarnings("unused")
  private static final class Upcalls {
    private static final CFunctions FUNCTIONS = ofProcessHeap();

    static final MemorySegment FREE_SECOND =
        stub("freeSecond", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG));
    static final MemorySegment REALLOCATE =
        stub("reallocate", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));

    @SuppressWarnings("restricted")
    private static MemorySegment stub(String name, FunctionDescriptor descriptor) {
      try {
        MethodType type = descriptor.toMethodType();
        MethodHandle target = MethodHandles.lookup().findStatic(Upcalls.class, name, type);
        return Linker.nativeLinker().upcallStub(target, descriptor, Arena.global());
      } catch (NoSuchMethodException | IllegalAccessException e) {
        throw new LinkageError(e.getMessage(), e);
      }
    }

    static void freeSecond(long opaque, long block) {
      Calls.normal(FUNCTIONS.free, block, 0, 0);
    }

    static long reallocate(long block, long oldSize, long newSize) {
      return Calls.normal(FUNCTIONS.realloc, block, newSize, 0);
    }
  }
}
