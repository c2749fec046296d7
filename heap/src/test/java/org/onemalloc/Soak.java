package org.onemalloc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.onemalloc.internal.bind.Binder;
import org.onemalloc.internal.bind.Bound;
import org.onemalloc.internal.bind.Control;
import org.onemalloc.internal.cache.CacheLimits;
import org.onemalloc.internal.cache.CachedHeap;
import org.onemalloc.internal.cache.TallyBackend;
import org.onemalloc.internal.system.Memory;
import org.onemalloc.internal.system.Platform;

/**
 * A process that allocates for a given time: sizes shift, threads come and go, virtual ones among
 * them, and blocks are freed on other threads than those that allocated them. At its end everything
 * is freed, and the backend must have back exactly what it gave out; resident memory must not have
 * exceeded the live peak by more than 0.3 of it.
 */
public final class Soak {
  static final String DONE = "the soak held";

  private static final long LIVE_MAX = 640L << 20;
  private static final int WORKERS = 4;
  private static final int[] SIZES = {400, 64, 6000, 60_000, 900, 1 << 20};

  /** Longer than any allocator waits before it returns free pages by itself. */
  private static final long REST_MILLIS = 12_000;

  private final long seconds;
  private final Bound bound = Binder.here();
  private final TallyBackend backend;
  private final CachedHeap heap;
  private final AtomicLong live = new AtomicLong();
  private final AtomicLong operations = new AtomicLong();
  private final AtomicLong threads = new AtomicLong();
  private final BlockingQueue<long[]> exchange = new ArrayBlockingQueue<>(1 << 20);
  private volatile int typical = SIZES[0];
  private volatile long target;
  private volatile Throwable failure;
  private long livePeak;
  private long residentPeak;
  private String peak = "";

  private Soak(long seconds) {
    this.seconds = seconds;
    this.backend = TallyBackend.of(bound.backend());
    this.heap =
        CachedHeap.of(backend, bound.classes(), "soak", CacheLimits.here(), Platform.here());
  }

  /** Runs for so many seconds. */
  public static void main(String[] arguments) throws Exception {
    new Soak(Long.parseLong(arguments[0])).run();
  }

  private void run() throws Exception {
    exchangeIsWarm();
    long before = resident();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    List<Thread> workers = new ArrayList<>();
    for (int tick = 0; System.nanoTime() < end && failure == null; tick++) {
      // a phase of sizes lasts two seconds; what may live swings between a half and all
      typical = SIZES[tick / 20 % SIZES.length];
      target = LIVE_MAX / 2 + LIVE_MAX / 2 * (tick % 40) / 40;
      workers.removeIf(thread -> !thread.isAlive());
      while (workers.size() < WORKERS) {
        workers.add(worker(tick));
      }
      Thread.sleep(100);
      livePeak = Math.max(livePeak, live.get());
      atPeak(resident() - before);
    }
    for (Thread worker : workers) {
      worker.join();
    }
    drain();
    report();
    System.out.printf("%.1f MB more resident than at the start", mb(resident() - before));
    Thread.sleep(REST_MILLIS);
    System.out.printf(", %.1f after %d seconds", mb(resident() - before), REST_MILLIS / 1000);
    Control.of(bound).purge();
    System.out.printf(", %.1f after a purge%n", mb(resident() - before));
  }

  private static double mb(long bytes) {
    return bytes / 1048576.0;
  }

  private void atPeak(long resident) {
    if (resident > residentPeak) {
      residentPeak = resident;
      long given = backend.bytes().sum();
      peak =
          "then %.1f MB live, %.1f MB given out by the allocator, phase of %d bytes"
              .formatted(live.get() / 1048576.0, given / 1048576.0, typical);
    }
  }

  /** The queue's array and the code of a worker are there before memory is measured. */
  private void exchangeIsWarm() throws InterruptedException {
    target = 1 << 20;
    worker(0).join();
    worker(1).join();
  }

  private Thread worker(int seed) {
    threads.incrementAndGet();
    Thread.Builder builder = seed % 3 == 0 ? Thread.ofVirtual() : Thread.ofPlatform();
    return builder.start(
        () -> {
          try {
            work(new SplittableRandom(seed));
          } catch (Throwable t) {
            failure = t;
          }
        });
  }

  private void work(SplittableRandom random) {
    int rounds = 20_000 + random.nextInt(60_000);
    for (int i = 0; i < rounds; i++) {
      if (live.get() < target) {
        allocate(random);
      } else {
        free();
        free();
      }
    }
    operations.addAndGet(rounds);
  }

  private void allocate(SplittableRandom random) {
    long size = 8L + random.nextInt(2 * typical);
    long block = heap.allocate(size, 16);
    Memory.ALL.asSlice(block, size).fill((byte) size);
    Memory.put(block, block ^ size);
    live.addAndGet(size);
    if (!exchange.offer(new long[] {block, size})) {
      free(block, size);
    }
  }

  private void free() {
    long[] oldest = exchange.poll();
    if (oldest != null) {
      free(oldest[0], oldest[1]);
    }
  }

  private void free(long block, long size) {
    if (Memory.get(block) != (block ^ size)) {
      throw new AssertionError("a block of " + size + " bytes lost what was in it");
    }
    heap.deallocate(block, size, 16);
    live.addAndGet(-size);
  }

  /** What is left in caches of threads that have ended comes back within some sweeps. */
  private void drain() throws InterruptedException {
    while (!exchange.isEmpty()) {
      free();
    }
    if (heap.cached()) {
      heap.caches().mine().drain();
    }
    for (int i = 0; i < 20 && backend.blocks().sum() != 0; i++) {
      Thread.sleep(500);
    }
  }

  private void report() {
    System.out.printf(
        "%,d operations on %,d threads, live peak %.1f MB, resident peak %.1f MB (%.2f)%n",
        operations.get(),
        threads.get(),
        livePeak / 1048576.0,
        residentPeak / 1048576.0,
        (double) residentPeak / livePeak);
    System.out.println(peak);
    System.out.printf(
        "at the end %d bytes live, %d blocks and %d bytes out%n",
        live.get(), backend.blocks().sum(), backend.bytes().sum());
    boolean exact = live.get() == 0 && backend.blocks().sum() == 0 && backend.bytes().sum() == 0;
    if (failure != null) {
      failure.printStackTrace();
    } else if (exact && residentPeak <= 1.3 * livePeak) {
      System.out.println(DONE);
    }
  }

  private static long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmRSS:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
            .findFirst()
            .orElseThrow()
        * 1024;
  }
}
