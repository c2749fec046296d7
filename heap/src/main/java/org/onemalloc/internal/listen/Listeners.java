package org.onemalloc.internal.listen;

import java.util.Arrays;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import org.onemalloc.HeapListener;
import org.onemalloc.internal.system.Property;

/** The listeners of this process's heap. */
public final class Listeners {
  static final String PROPERTY = "onemalloc.observe";
  static final String SAMPLE = PROPERTY + ".sample";
  private static final String SAMPLE_DEFAULT = "512k";

  private static volatile HeapListener[] all = {};

  /** Set while a thread tells: what a listener does is not told. */
  private static final ThreadLocal<Boolean> TELLING = new ThreadLocal<>();

  private Listeners() {}

  /** Whether the system property asks for listeners to be found. */
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

  /** Adds those that the class path and module path provide; one that fails is reported. */
  public static void find() {
    ClassLoader loader = ClassLoader.getSystemClassLoader();
    try {
      for (HeapListener listener : ServiceLoader.load(HeapListener.class, loader)) {
        add(listener);
      }
    } catch (ServiceConfigurationError e) {
      System.getLogger("org.onemalloc")
          .log(System.Logger.Level.WARNING, "A listener of the heap cannot be loaded.", e);
    }
  }

  static boolean none() {
    return all.length == 0;
  }

  public static void tell(Consumer<HeapListener> news) {
    if (none() || TELLING.get() != null) {
      return;
    }
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
