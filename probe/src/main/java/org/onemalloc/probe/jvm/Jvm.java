package org.onemalloc.probe.jvm;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.util.List;

/** This virtual machine. Thread-safe. */
public final class Jvm {
  private static String metaspace = "";
  private static long committed;

  private Jvm() {}

  /**
   * Returns where it has its memory, and asks it for that: some milliseconds. {@code VM.info} waits
   * for a garbage collection to end. The nodes of metaspace are asked for at a safepoint, and so
   * only if its committed size has changed since the last call.
   *
   * @return the regions; those that it does not tell are empty
   */
  public static synchronized Regions regions() {
    long now = committedClassBytes();
    if (now != committed) {
      committed = now;
      metaspace = Diagnostics.ask("vmMetaspace", "vslist");
    }
    return Regions.of(
        Diagnostics.ask("gcHeapInfo"),
        Diagnostics.ask("compilerCodecache"),
        Diagnostics.ask("vmInfo"),
        metaspace);
  }

  /** Metaspace and Compressed Class Space, as their MXBeans are named since JDK 8. */
  private static long committedClassBytes() {
    long bytes = 1; // differs from the first value of `committed` without these beans too
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      MemoryUsage usage = pool.getUsage();
      if (pool.getName().startsWith("Metaspace") && usage != null) {
        bytes += usage.getCommitted();
      }
    }
    return bytes;
  }

  /**
   * Returns what Native Memory Tracking accounts.
   *
   * @return the categories; none unless the virtual machine was started with {@code
   *     -XX:NativeMemoryTracking=summary} or {@code detail}
   */
  public static List<Tracked> tracked() {
    return Tracked.parse(Diagnostics.ask("vmNativeMemory", "summary", "scale=b"));
  }

  /**
   * Returns the pools of buffers: {@code direct}, {@code mapped} and others.
   *
   * @return the MXBeans {@code java.nio:type=BufferPool}
   */
  public static List<BufferPoolMXBean> bufferPools() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class);
  }
}
