package org.onemalloc;

/**
 * The seam: all that a library knows about native memory.
 *
 * <p>A library asks an allocator for blocks and gives them back; it does not choose the allocator.
 * The choice is made once, by whoever ships the program: {@link Heap#allocator()} returns the
 * allocator of this process, and {@link Heap#binding()} the proof.
 *
 * <p>The rules below hold for every implementation, and every method.
 *
 * <h2 id="sizes">Sizes and alignments</h2>
 *
 * <p>Sizes and alignments are in bytes. An alignment is a power of two. Arguments that are
 * negative, an alignment that is not a power of two, and a size that overflows when rounded up to
 * its alignment are refused with {@link IllegalArgumentException} before anything happens.
 *
 * <p>Size 0 is legal: the result is a non-null address aligned as asked, at which there is no
 * memory and which the allocator never sees. Such a block may be freed (with size 0, which does
 * nothing), and grown by {@link #reallocate reallocate} (which allocates).
 *
 * <h2 id="free">What must be passed back</h2>
 *
 * <p>A block has a range of <em>legal sizes</em>: from the size last requested up to its {@link
 * #usableSize usable size}. {@link #deallocate deallocate}, {@link #reallocate reallocate}, {@link
 * #resizeInPlace resizeInPlace} and {@link #usableSize usableSize} take any of them, and the
 * alignment that the block was allocated with. Anything else is undefined behaviour as it is in C:
 * these addresses are raw, and a wrong size damages the heap.
 *
 * <h2 id="c">Blocks and C</h2>
 *
 * <p>Where {@link Binding#sharedWithC()} is true, every block can be given to C's {@code free}, and
 * a block that C allocated can be freed here: with the size that C asked for, or the one that
 * {@code malloc_usable_size} returns, and the alignment that C asked for (1 after {@code malloc},
 * {@code calloc}, {@code realloc}, {@code strdup} and the like). Exception: on Windows a block with
 * an alignment above 16 must be freed here, because the UCRT frees such blocks by another function.
 *
 * <h2 id="threads">Threads</h2>
 *
 * <p>Unless it says otherwise (as {@link ThreadHeap} does), an allocator may be used by any number
 * of threads, platform and virtual, and a block may be freed on another thread than the one that
 * allocated it. Handing the block over must itself be properly synchronised.
 */
public interface Allocator {

  /**
   * Allocates a block. Its contents are undefined.
   *
   * @param size the size in bytes, 0 or more
   * @param alignment the alignment in bytes, a power of two
   * @return the address of the block, a multiple of {@code alignment}, never 0
   * @throws IllegalArgumentException if an argument is not <a href="#sizes">as required</a>
   * @throws OutOfMemoryError if the block cannot be allocated; the message names size, alignment
   *     and allocator
   */
  long allocate(long size, long alignment);

  /**
   * Allocates a block whose first {@code size} bytes are 0.
   *
   * @param size the size in bytes, 0 or more
   * @param alignment the alignment in bytes, a power of two
   * @return the address of the block, a multiple of {@code alignment}, never 0
   * @throws IllegalArgumentException if an argument is not <a href="#sizes">as required</a>
   * @throws OutOfMemoryError if the block cannot be allocated
   */
  long allocateZeroed(long size, long alignment);

  /**
   * Changes the size of a block, moving it where necessary. The contents are kept up to the smaller
   * of the two sizes, the alignment is kept, and bytes added are undefined.
   *
   * <p>When this method returns, the old address is dead, even if the result equals it. When it
   * throws, the old block is untouched and still owned by the caller.
   *
   * @param address the address of the block
   * @param oldSize a <a href="#free">legal size</a> of the block
   * @param newSize the new size; 0 frees the block
   * @param alignment the alignment that the block was allocated with
   * @return the address of the block now, a multiple of {@code alignment}, never 0
   * @throws IllegalArgumentException if an argument is not <a href="#sizes">as required</a>, or if
   *     {@code address} is 0
   * @throws OutOfMemoryError if the block cannot be allocated
   */
  long reallocate(long address, long oldSize, long newSize, long alignment);

  /**
   * Tries to change the size of a block without moving it, and returns the usable size afterwards.
   *
   * <ul>
   *   <li>Growing ({@code newSize >= oldSize}) took place if and only if the result is at least
   *       {@code newSize}.
   *   <li>Shrinking ({@code newSize < oldSize}) took place if and only if the result is less than
   *       {@code oldSize}.
   * </ul>
   *
   * <p>When it took place, the legal sizes of the block are now from {@code newSize} to the result;
   * when not, nothing has changed and the old legal sizes still hold. Shrinking to 0 and growing
   * from 0 never take place.
   *
   * @param address the address of the block
   * @param oldSize a <a href="#free">legal size</a> of the block
   * @param newSize the new size
   * @param alignment the alignment that the block was allocated with
   * @return the usable size of the block now, in bytes
   * @throws IllegalArgumentException if an argument is not <a href="#sizes">as required</a>, or if
   *     {@code address} is 0
   */
  long resizeInPlace(long address, long oldSize, long newSize, long alignment);

  /**
   * Frees a block.
   *
   * @param address the address of the block
   * @param size a <a href="#free">legal size</a> of the block; with 0 nothing happens
   * @param alignment the alignment that the block was allocated with
   * @throws IllegalArgumentException if an argument is not <a href="#sizes">as required</a>, or if
   *     {@code address} is 0
   */
  void deallocate(long address, long size, long alignment);

  /**
   * Returns how many bytes of a block may be used: at least {@code size}, and more if the allocator
   * rounds up and permits use of the rest (glibc does not, see {@code malloc_usable_size(3)}).
   *
   * @param address the address of the block
   * @param size a <a href="#free">legal size</a> of the block
   * @param alignment the alignment that the block was allocated with
   * @return the usable size in bytes, the largest <a href="#free">legal size</a>
   * @throws IllegalArgumentException if an argument is not <a href="#sizes">as required</a>, or if
   *     {@code address} is 0
   */
  long usableSize(long address, long size, long alignment);
}
