package org.onemalloc.lwjgl;

import org.lwjgl.system.MemoryUtil.MemoryAllocator;
import org.onemalloc.CFunctions;
import org.onemalloc.CHeap;

/**
 * The process heap as LWJGL's allocator. LWJGL's Java code allocates through the heap's thread
 * caches, its natives (LMDB, zstd, stb, …) through the process's own malloc, and either may free
 * blocks of the other.
 *
 * <p>LWJGL looks its allocator up once, so it must be named before any class of LWJGL allocates:
 * with {@code -Dorg.lwjgl.system.allocator=org.onemalloc.lwjgl.OnemallocMemoryAllocator}, or by
 * {@code Configuration.MEMORY_ALLOCATOR.set(new OnemallocMemoryAllocator())}. If LWJGL cannot
 * instantiate a class that is named by the property, it uses libc's allocator instead and only logs
 * that; the constructor called by the program throws. LWJGL's debug allocator works over it as over
 * its own.
 *
 * <p>LWJGL's interface passes no size when it frees: see {@link CHeap} for how the size is found.
 * Like C's functions, these return 0 ({@code NULL}) if the request cannot be met, and any number of
 * threads may call them.
 */
public final class OnemallocMemoryAllocator implements MemoryAllocator {
  private final CFunctions functions;

  /**
   * Takes the functions of the process heap.
   *
   * @throws IllegalStateException if the heap was bound to a private heap
   * @throws UnsupportedOperationException on Windows and macOS, where C function pointers are not
   *     handed out
   */
  public OnemallocMemoryAllocator() {
    this.functions = CFunctions.ofProcessHeap();
  }

  /**
   * Returns the address of the process's {@code malloc(size)}.
   *
   * @return the function
   */
  @Override
  public long getMalloc() {
    return functions.malloc().address();
  }

  /**
   * Returns the address of the process's {@code calloc(count, size)}.
   *
   * @return the function
   */
  @Override
  public long getCalloc() {
    return functions.calloc().address();
  }

  /**
   * Returns the address of the process's {@code realloc(block, size)}.
   *
   * @return the function
   */
  @Override
  public long getRealloc() {
    return functions.realloc().address();
  }

  /**
   * Returns the address of the process's {@code free(block)}.
   *
   * @return the function
   */
  @Override
  public long getFree() {
    return functions.free().address();
  }

  /**
   * Returns the address of the process's {@code aligned_alloc(alignment, size)}, with its
   * parameters in this order, which LMDB and VMA need (LWJGL issue 1135: LWJGL 3.4.2 had exchanged
   * them).
   *
   * @return the function
   */
  @Override
  public long getAlignedAlloc() {
    return functions.alignedAlloc().address();
  }

  /**
   * Returns the address of the function that frees aligned blocks: the process's {@code
   * free(block)}.
   *
   * @return the function
   */
  @Override
  public long getAlignedFree() {
    return functions.alignedFree().address();
  }

  @Override
  public long malloc(long size) {
    return CHeap.malloc(size);
  }

  @Override
  public long calloc(long num, long size) {
    return CHeap.calloc(num, size);
  }

  @Override
  public long realloc(long ptr, long size) {
    return CHeap.realloc(ptr, size);
  }

  @Override
  public void free(long ptr) {
    CHeap.free(ptr);
  }

  @Override
  public long aligned_alloc(long alignment, long size) {
    return CHeap.alignedAlloc(alignment, size);
  }

  @Override
  public void aligned_free(long ptr) {
    CHeap.free(ptr);
  }
}
