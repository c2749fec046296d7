package org.onemalloc.probe;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * The memory of this process and its allocator as a bean. Sizes are bytes, and {@value
 * ProcessMemory#UNKNOWN} where a figure is not known. The figures of several attributes are of one
 * look if they are read within the interval of the probe. {@link Probe#register} makes it.
 */
public interface NativeMemoryMXBean {
  /** The name that it is registered under. */
  String NAME = "org.onemalloc:type=NativeMemory";

  /**
   * Returns the resident memory.
   *
   * @return {@link NativeMemory#residentBytes()}
   * @throws IOException if the process cannot be looked at, as for the others
   */
  long getResidentBytes() throws IOException;

  /**
   * Returns the proportional memory.
   *
   * @return {@link NativeMemory#proportionalBytes()}
   * @throws IOException if the process cannot be looked at
   */
  long getProportionalBytes() throws IOException;

  /**
   * Returns the highest resident memory.
   *
   * @return {@link NativeMemory#peakBytes()}
   * @throws IOException if the process cannot be looked at
   */
  long getPeakBytes() throws IOException;

  /**
   * Returns the memory that nothing in Java accounts for.
   *
   * @return {@link NativeMemory#unaccountedBytes()}
   * @throws IOException if the process cannot be looked at
   */
  long getUnaccountedBytes() throws IOException;

  /**
   * Returns what glibc's own heap has from the kernel.
   *
   * @return {@link GlibcUsage#heldBytes()}
   * @throws IOException if the process cannot be looked at
   */
  long getGlibcHeldBytes() throws IOException;

  /**
   * Returns what of glibc's own heap is in use.
   *
   * @return {@link GlibcUsage#usedBytes()}
   * @throws IOException if the process cannot be looked at
   */
  long getGlibcUsedBytes() throws IOException;

  /**
   * Returns what glibc's own heap keeps free.
   *
   * @return {@link GlibcUsage#freeBytes()}
   * @throws IOException if the process cannot be looked at
   */
  long getGlibcFreeBytes() throws IOException;

  /**
   * Returns the resident memory by kind.
   *
   * @return the names as in {@link MemoryKind#id()}, with bytes that add up to the resident memory
   * @throws IOException if the process cannot be looked at
   */
  Map<String, Long> getKinds() throws IOException;

  /**
   * Returns the committed memory by category of Native Memory Tracking.
   *
   * @return the categories; none if it is off
   * @throws IOException if the process cannot be looked at
   */
  Map<String, Long> getTracked() throws IOException;

  /**
   * Returns how long the last look took.
   *
   * @return microseconds
   * @throws IOException if the process cannot be looked at
   */
  long getLookMicros() throws IOException;

  /**
   * Returns the kind of allocator.
   *
   * @return {@link AllocatorProof#allocator()}
   */
  String getAllocator();

  /**
   * Returns the file that serves malloc.
   *
   * @return {@link AllocatorProof#provider()}
   */
  String getProvider();

  /**
   * Returns whether the allocator is proven.
   *
   * @return {@link AllocatorProof#isProven()}
   */
  boolean isProven();

  /**
   * Returns the proof.
   *
   * @return the sentences of what passed, of what speaks against the allocator, and of what was not
   *     seen
   */
  List<String> getProof();
}
