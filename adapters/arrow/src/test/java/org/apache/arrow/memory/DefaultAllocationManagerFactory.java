package org.apache.arrow.memory;

import org.onemalloc.arrow.Counted;

/**
 * Stands in front of the class of this name among Arrow's own tests, so that they run on ours; that
 * is also how a program that sets no factory is given one.
 */
public final class DefaultAllocationManagerFactory {
  /** Reached by name. */
  public static final AllocationManager.Factory FACTORY = Counted.FACTORY;

  private DefaultAllocationManagerFactory() {}
}
