package org.onemalloc;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.onemalloc.internal.cache.ProcessHeap;
import org.onemalloc.internal.system.Memory;

/**
 * A process that things happen to while it allocates: {@code Faults CASE}. Every block is stamped,
 * and its stamp looked at before it is freed.
 */
public final class Faults {
  static final String DONE = "nothing was lost";

  private static final AtomicLong LIVE = new AtomicLong();
  private static volatile boolean stop;
  private static final AtomicReference<Throwable> FAILURE = new AtomicReference<>();

  private Faults() {}

  /** Runs a case. */
  public static void main(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "children" -> hammered(Faults::children);
      case "signals" -> hammered(Faults::signals);
      case "classes" -> hammered(Faults::classes);
      case "virtual" -> virtualThreads();
      case "forever" -> hammered(Faults::forever);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    if (FAILURE.get() != null) {
      throw new AssertionError("on another thread", FAILURE.get());
    }
    if (LIVE.get() != 0 || !HeapChecks.verify().isEmpty()) {
      throw new AssertionError(LIVE + " blocks live, " + HeapChecks.verify());
    }
    System.out.println(DONE);
  }

  private interface Case {
    void run() throws Exception;
  }

  private static void hammered(Case body) throws Exception {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      SplittableRandom random = new SplittableRandom(i);
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (!stop) {
                      guarded(() -> blocks(random, 50));
                    }
                  }));
    }
    try {
      body.run();
    } finally {
      stop = true;
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void guarded(Runnable action) {
    try {
      action.run();
    } catch (Throwable t) {
      FAILURE.set(t);
      stop = true;
    }
  }

  /** Allocates, stamps, looks and frees; public for guests of other loaders. */
  public static void blocks(SplittableRandom random, int count) {
    long[] blocks = new long[count];
    long[] sizes = new long[count];
    for (int i = 0; i < count; i++) {
      sizes[i] = 8L + random.nextInt(3000);
      blocks[i] = Heap.allocate(sizes[i], 16);
      Memory.put(blocks[i], blocks[i] ^ sizes[i]);
      LIVE.incrementAndGet();
    }
    for (int i = 0; i < count; i++) {
      if (Memory.get(blocks[i]) != (blocks[i] ^ sizes[i])) {
        throw new AssertionError("a block lost its stamp");
      }
      Heap.deallocate(blocks[i], sizes[i], 16);
      LIVE.decrementAndGet();
    }
  }

  private static void children() throws IOException, InterruptedException {
    for (int i = 0; i < 100; i++) {
      Process child = new ProcessBuilder("sh", "-c", "echo child").start();
      try (InputStream output = child.getInputStream()) {
        if (output.readAllBytes().length != 6 || child.waitFor() != 0) {
          throw new AssertionError("a child failed");
        }
      }
    }
  }

  /** A thread dump asked for by a signal stops and starts every thread. */
  private static void signals() throws IOException, InterruptedException {
    long self = ProcessHandle.current().pid();
    for (int i = 0; i < 50; i++) {
      Signals.send(i % 2 == 0 ? "QUIT" : "CHLD", self);
    }
  }

  private static void forever() throws InterruptedException {
    System.out.println("allocating");
    new CountDownLatch(1).await();
  }

  /** Code that allocates in a loader of its own, which must be unloaded. */
  private static void classes() throws Exception {
    List<WeakReference<Class<?>>> loaded = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Class<?> guest = new GuestLoader().loadClass(Guest.class.getName());
      loaded.add(new WeakReference<>(guest));
      Thread thread = new Thread((Runnable) guest.getDeclaredConstructor().newInstance());
      thread.start();
      thread.join();
    }
    for (int i = 0; i < 100 && loaded.stream().anyMatch(r -> r.get() != null); i++) {
      System.gc();
      Thread.sleep(20);
    }
    long left = loaded.stream().filter(r -> r.get() != null).count();
    if (left > 1) { // one may be on a stack
      throw new AssertionError(left + " classes were not unloaded");
    }
  }

  /** What a guest does: its stack is that of a block when its class is unloaded. */
  public static final class Guest implements Runnable {
    /** Made by a loader of its own. */
    public Guest() {}

    @Override
    public void run() {
      blocks(new SplittableRandom(1), 100);
    }
  }

  private static final class GuestLoader extends ClassLoader {
    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.equals(Guest.class.getName())) {
        return super.loadClass(name, resolve);
      }
      String file = name.replace('.', '/') + ".class";
      try (InputStream input = Faults.class.getClassLoader().getResourceAsStream(file)) {
        byte[] bytes = input.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  /** A hundred thousand virtual threads, each with blocks, every tenth with a handle. */
  private static void virtualThreads() throws InterruptedException {
    int count = Integer.getInteger("threads", 100_000);
    CountDownLatch ended = new CountDownLatch(count);
    for (int i = 0; i < count; i++) {
      int seed = i;
      Thread.startVirtualThread(
          () -> {
            guarded(() -> virtual(seed));
            ended.countDown();
          });
    }
    ended.await();
    for (int i = 0; i < 100 && ProcessHeap.CACHED.caches().owners() > 2; i++) {
      Thread.sleep(100);
    }
    if (ProcessHeap.CACHED.caches().owners() > 2) {
      throw new AssertionError(ProcessHeap.CACHED.caches().owners() + " caches are left");
    }
  }

  private static void virtual(int seed) {
    blocks(new SplittableRandom(seed), 3);
    if (seed % 10 == 0) {
      ThreadHeap heap = ThreadHeap.open();
      long block = heap.allocate(100, 8);
      Memory.put(block, seed);
      LockSupport.parkNanos(1000);
      if (Memory.get(block) != seed) {
        throw new AssertionError("a block of a handle lost its stamp");
      }
      heap.deallocate(block, 100, 8);
      if (seed % 20 == 0) { // the others are left to the sweeper
        heap.close();
      }
    }
  }
}
