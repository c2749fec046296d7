package org.onemalloc.probe;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Looks that are kept for some time, so that many readers of figures cause one look. It has no
 * thread: it looks when it is asked and the last look is too old. Thread-safe.
 */
public final class Probe {
  /** How long a look is kept unless another time is given. */
  public static final Duration USUAL_INTERVAL = Duration.ofSeconds(10);

  /** A proof takes more time than a look, and changes only if a library is loaded. */
  private static final Duration PROOF_INTERVAL = Duration.ofMinutes(1);

  private final long keptNanos;
  private final long provenNanos;
  private NativeMemory memory;
  private AllocatorProof allocator;
  private long looked;
  private long proved;

  /**
   * Creates a probe that has not looked yet.
   *
   * @param interval how long a look is kept; a proof is kept as long, and for a minute at least
   */
  public Probe(Duration interval) {
    keptNanos = interval.toNanos();
    provenNanos = Math.max(keptNanos, PROOF_INTERVAL.toNanos());
  }

  /**
   * Returns the memory of this process.
   *
   * @return the last look, or a new one if it is older than the interval
   * @throws IOException if {@link NativeMemory#look} throws it
   */
  public synchronized NativeMemory memory() throws IOException {
    if (memory == null || System.nanoTime() - looked >= keptNanos) {
      memory = NativeMemory.look();
      looked = System.nanoTime();
    }
    return memory;
  }

  /**
   * Returns the allocator of this process.
   *
   * @return the last proof, or a new one if it is too old
   */
  public synchronized AllocatorProof allocator() {
    if (allocator == null || System.nanoTime() - proved >= provenNanos) {
      allocator = AllocatorProof.ofThisProcess();
      proved = System.nanoTime();
    }
    return allocator;
  }

  /**
   * Registers the bean {@link NativeMemoryMXBean}, which takes its figures from this probe, unless
   * there is one already.
   *
   * @return whether it was registered
   * @throws JMException if the server refuses it
   */
  public boolean register() throws JMException {
    try {
      ManagementFactory.getPlatformMBeanServer()
          .registerMBean(new NativeMemoryBean(this), new ObjectName(NativeMemoryMXBean.NAME));
      return true;
    } catch (InstanceAlreadyExistsException e) {
      return false;
    }
  }
}
