package org.onemalloc.observe;

import java.util.concurrent.atomic.AtomicBoolean;
import org.onemalloc.Heap;
import org.onemalloc.HeapListener;
import org.onemalloc.Usage;

/**
 * Shows the heap of this process to Flight Recorder, JMX and {@code onemalloc top}: the events of
 * {@link HeapEvents}, the bean {@value HeapMXBean#NAME}, and figures that another process of the
 * same user can read.
 *
 * <p>The heap itself finds and creates the observer if the system property {@code
 * onemalloc.observe} is {@code on}. {@link #start} works without the property, but then no
 * allocations are sampled. Only the first observer of a process has an effect.
 */
public final class HeapObserver implements HeapListener {
  private static final AtomicBoolean STARTED = new AtomicBoolean();

  private final HeapBean bean;

  /** Creates the observer, and starts it if it is the first. */
  public HeapObserver() {
    bean = STARTED.compareAndSet(false, true) ? HeapBean.register() : null;
    if (bean != null) {
      HeapEvents.start();
      SharedFigures.start(bean::getSnapshot);
    }
  }

  /** Starts an observer if none is running yet. */
  public static void start() {
    HeapObserver observer = new HeapObserver();
    if (observer.bean != null) {
      Heap.addListener(observer);
    }
  }

  @Override
  public void sampled(long bytes, long size, long alignment) {
    if (bean != null) {
      HeapEvents.sampled(bytes, size, alignment);
    }
  }

  @Override
  public void limitReached(Usage usage, long bytes) {
    if (bean != null) {
      HeapEvents.limitReached(usage, bytes);
      bean.limitReached(usage, bytes);
    }
  }

  @Override
  public void pressure(Usage usage, long bytes) {
    if (bean != null) {
      bean.pressure(usage, bytes);
    }
  }

  @Override
  public void found(String kind, String report) {
    if (bean != null) {
      HeapEvents.found(kind, report);
      bean.found(kind, report);
    }
  }
}
