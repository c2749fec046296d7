package org.onemalloc.benchmarks;

import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * A field that each iteration of a loop reads, as JMH's stubs do: the volatile read keeps the JIT
 * from moving work out of the loop.
 *
 * <p>The methods with the loops are compiled separately ({@code DONT_INLINE}), as C's kernels are.
 * Inlined into JMH's stub they share the registers with a dozen values of the stub, and if a loop
 * has any call, however rare, the JIT stores and reloads all of them in each iteration: the window
 * took 7.5 ns instead of 4.7.
 */
@State(Scope.Thread)
public class Guard {
  /**
   * Operations in one sample: long enough for the clock, short enough to fall between preemptions.
   */
  static final int OPERATIONS = 1000;

  volatile boolean open = true;
}
