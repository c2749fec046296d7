package org.onemalloc.benchmarks;

import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Read in each turn of a loop, as JMH's own stubs read theirs: a volatile read keeps the JIT from
 * moving work out of the loop that each call does anew.
 *
 * <p>The methods with the loops are compiled on their own, as C's kernels are, which {@code
 * DONT_INLINE} sees to. Inlined into JMH's stub they share the registers with a dozen values of the
 * stub, and where a loop has any call, however rare, the JIT stores and reloads all of them in each
 * turn: the window took 7.5 ns instead of 4.7.
 */
@State(Scope.Thread)
public class Guard {
  /**
   * Operations in one sample: long enough for the clock, short enough to see between preemptions.
   */
  static final int OPERATIONS = 1000;

  volatile boolean open = true;
}
