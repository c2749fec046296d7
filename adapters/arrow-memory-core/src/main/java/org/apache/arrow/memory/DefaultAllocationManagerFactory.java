package org.apache.arrow.memory;

import org.onemalloc.arrow.OnemallocAllocationManager;

/**
 * The class that Arrow looks up on the class path, by this name and by {@code memory-core} in its
 * path, if a program gives an allocator no factory. It is found before those of {@code
 * arrow-memory-netty} and {@code arrow-memory-unsafe}, if these are there too.
 *
 * <p>Its package is Arrow's, so this artifact has no module and works on the class path only.
 */
public final class DefaultAllocationManagerFactory {
  /** The factory, which Arrow finds by name. */
  public static final AllocationManager.Factory FACTORY = OnemallocAllocationManager.FACTORY;

  private DefaultAllocationManagerFactory() {}
}
