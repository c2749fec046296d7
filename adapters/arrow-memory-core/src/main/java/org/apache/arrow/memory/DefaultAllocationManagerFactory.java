package org.apache.arrow.memory;

import org.onemalloc.arrow.OnemallocAllocationManager;

/**
 * What Arrow looks for on the class path, by this very name and a {@code memory-core} in the path
 * to it, when a program gives an allocator no factory of its own. It comes before those of {@code
 * arrow-memory-netty} and {@code arrow-memory-unsafe}, which may be there too.
 *
 * <p>Its package is another's, so this artifact has no module and is for the class path alone.
 */
public final class DefaultAllocationManagerFactory {
  /** Reached by Arrow by name. */
  public static final AllocationManager.Factory FACTORY = OnemallocAllocationManager.FACTORY;

  private DefaultAllocationManagerFactory() {}
}
