package org.onemalloc.benchmarks.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.function.Function;

/**
 * Runs the repetitions of a kernel on one or more lanes, which begin and end each repetition
 * together. The first lane is the calling thread; the others are threads that live as long as the
 * crew works.
 */
final class Crew {
  /** Is told of each repetition. */
  @FunctionalInterface
  interface Log {
    /**
     * Notes a repetition.
     *
     * @param nanos how long it took, in ns
     * @param checksum the sum of the lanes' checksums
     * @return whether there is another one
     */
    boolean add(long nanos, long checksum);
  }

  private final Function<Lane, Kernel> kernel;
  private final List<Lane> lanes = new ArrayList<>();
  private final Ring[] rings;
  private final long[] sums;
  private final CyclicBarrier gate;
  private final int percent;
  private volatile boolean over;

  /**
   * Makes a crew.
   *
   * @param percent how much of the kernel's operations to do, from 1 to 100
   */
  Crew(Function<Lane, Kernel> kernel, int count, int percent) {
    this.kernel = kernel;
    this.percent = percent;
    this.rings = new Ring[count];
    this.sums = new long[count];
    this.gate = new CyclicBarrier(count);
    Slots desk = new Slots(count);
    for (int i = 0; i < count; i++) {
      rings[i] = new Ring();
      lanes.add(new Lane(this, i, count, desk));
    }
  }

  int percent() {
    return percent;
  }

  Ring ring(int index) {
    return rings[index];
  }

  void meet() {
    if (rings.length == 1) {
      return;
    }
    try {
      gate.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new IllegalStateException("A lane was interrupted.", e);
    }
  }

  /** Works until the log says that it is over. */
  void run(Log log) {
    List<Thread> others = new ArrayList<>();
    for (Lane lane : lanes.subList(1, lanes.size())) {
      others.add(start(() -> follow(lane)));
    }
    Kernel first = kernel.apply(lanes.getFirst());
    while (!over) {
      meet();
      long start = System.nanoTime();
      repeat(lanes.getFirst(), first);
      meet();
      long nanos = System.nanoTime() - start;
      long checksum = 0;
      for (long sum : sums) {
        checksum += sum;
      }
      over = !log.add(nanos, checksum);
    }
    meet();
    others.forEach(Crew::join);
  }

  private void follow(Lane lane) {
    Kernel own = kernel.apply(lane);
    for (meet(); !over; meet()) {
      repeat(lane, own);
      meet();
    }
  }

  private void repeat(Lane lane, Kernel own) {
    lane.numbers.restart(lane.index);
    sums[lane.index] = own.repeat();
  }

  /** Starts a thread whose failure ends the process, because other threads would wait for it. */
  static Thread start(Runnable work) {
    return Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                work.run();
              } catch (Throwable t) {
                t.printStackTrace();
                Runtime.getRuntime().halt(1);
              }
            });
  }

  static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException("A lane was interrupted.", e);
    }
  }
}
