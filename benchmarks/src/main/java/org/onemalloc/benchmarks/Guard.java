package org.onemalloc.benchmarks;

import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Read in each turn of a loop, as JMH's own stubs read theirs: a volatile read keeps the JIT from
 * moving work out of the loop that each call does anew.
 */
@State(Scope.Thread)
public class Guard {
  /**
   * Operations in one sample: long enough for the clock, short enough to see between preemptions.
   */
  static final int OPERATIONS = 1000;

  volatile boolean open = true;
}
