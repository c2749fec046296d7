package org.onemalloc.internal.listen;

import java.util.Arrays;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.onemalloc.HeapListener;
import org.onemalloc.internal.system.Property;

/** The listeners of this process's heap. */
public final class Listeners {
  static final String PROPERTY = "onemalloc.observe";
  static final String SAMPLE = PROPERTY + ".sample";
  private static final String SAMPLE_DEFAULT = "512k";

  /**
   * How long an event waits for the search. Only a thread that holds a lock that the search needs
   * waits that long; its event is then lost, and the program continues.
   */
  private static final long SEARCH_SECONDS = 10;

  private static volatile HeapListener[] all = {};

  /** Open while listeners are searched for; null before and after. */
  private static volatile CountDownLatch search;

  /** Set while a thread calls listeners: a listener's own calls of the heap cause no events. */
  private static final ThreadLocal<Boolean> TELLING = new ThreadLocal<>();

  private Listeners() {}

  /** Returns whether the system property requests that listeners be found. */
  public static boolean wanted() {
    return Property.on(PROPERTY, false);
  }

  public static long sampleBytes() {
    return Property.bytes(SAMPLE, System.getProperty(SAMPLE, SAMPLE_DEFAULT));
  }

  public static synchronized void add(HeapListener listener) {
    HeapListener[] more = Arrays.copyOf(all, all.length + 1);
    more[all.length] = listener;
    all = more;
  }

  public static synchronized void remove(HeapListener listener) {
    all = Arrays.stream(all).filter(l -> !l.equals(listener)).toArray(HeapListener[]::new);
  }

  /**
   * Starts a search for the listeners on the class path and the module path. They are loaded on the
   * watcher thread, because loading runs their code, which must not find the heap partly
   * initialised. Events wait for the end of the search.
   */
  public static void search() {
    search = new CountDownLatch(1);
    Watcher.run(Listeners::find);
  }

  private static void find() {
    TELLING.set(true);
    try {
      for (HeapListener listener :
          ServiceLoader.load(HeapListener.class, ClassLoader.getSystemClassLoader())) {
        add(listener);
      }
    } catch (ServiceConfigurationError e) {
      System.getLogger("org.onemalloc")
          .log(System.Logger.Level.WARNING, "A listener of the heap cannot be loaded.", e);
    } finally {
      TELLING.remove();
      search.countDown();
      search = null;
    }
  }

  private static void awaitSearch() {
    CountDownLatch open = search;
    boolean interrupted = false;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SEARCH_SECONDS);
    for (long left = 1; open != null && left > 0; left = end - System.nanoTime()) {
      try {
        open.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Calls all listeners, unless the calling thread is already doing so. */
  public static void tell(Consumer<HeapListener> news) {
    if ((all.length == 0 && search == null) || TELLING.get() != null) {
      return;
    }
    awaitSearch();
    TELLING.set(true);
    try {
      for (HeapListener listener : all) {
        tell(listener, news);
      }
    } finally {
      TELLING.remove();
    }
  }

  @SuppressWarnings("CatchAndPrintStackTrace") // not even printed: a tool must not fail its subject
  private static void tell(HeapListener listener, Consumer<HeapListener> news) {
    try {
      news.accept(listener);
    } catch (RuntimeException | LinkageError e) {
      remove(listener);
      System.getLogger("org.onemalloc")
          .log(
              System.Logger.Level.WARNING,
              "A listener of the heap failed; it is not called again.",
              e);
    }
  }
}
