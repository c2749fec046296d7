package org.onemalloc.benchmarks;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.lwjgl.system.MemoryUtil;
import org.onemalloc.Heap;
import org.onemalloc.ThreadHeap;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * A fixed number of live blocks; each operation replaces a random one by a block of random size.
 */
public class Window {
  private static final int N = Guard.OPERATIONS;

  /** Live blocks on the Java side. */
  @State(Scope.Thread)
  public static class Blocks {
    @Param("1024")
    int slots;

    @Param("1")
    int kind;

    long random = Sizes.SEED;
    long[] blocks;
    int[] sizes;

    void fill(java.util.function.LongUnaryOperator allocate) {
      blocks = new long[slots];
      sizes = new int[slots];
      for (int i = 0; i < slots; i++) {
        random = Sizes.next(random);
        sizes[i] = Sizes.of(kind, random);
        blocks[i] = allocate.applyAsLong(sizes[i]);
        C.ALL.set(java.lang.foreign.ValueLayout.JAVA_BYTE, blocks[i], (byte) 1);
      }
    }
  }

  /** The heap's blocks. */
  @State(Scope.Thread)
  public static class HeapBlocks extends Blocks {
    @Setup
    public void setup() {
      fill(size -> Heap.allocate(size, 16));
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void heap(Guard g, HeapBlocks w) {
    long random = w.random;
    for (int i = 0; i < N && g.open; i++) {
      random = Sizes.next(random);
      int slot = (int) random & w.blocks.length - 1;
      Heap.deallocate(w.blocks[slot], w.sizes[slot], 8);
      int size = Sizes.of(w.kind, random);
      w.sizes[slot] = size;
      w.blocks[slot] = Heap.allocate(size, 8);
    }
    w.random = random;
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void heapLive(Guard g, HeapBlocks w) {
    long random = w.random;
    for (int i = 0; i < N && g.open; i++) {
      random = Sizes.next(random);
      int slot = (int) random & w.blocks.length - 1;
      Heap.deallocate(w.blocks[slot], 64, 8);
      w.blocks[slot] = Heap.allocate(64, 8);
    }
    w.random = random;
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void handle(Guard g, HeapBlocks w) {
    long random = w.random;
    try (ThreadHeap heap = ThreadHeap.open()) {
      for (int i = 0; i < N && g.open; i++) {
        random = Sizes.next(random);
        int slot = (int) random & w.blocks.length - 1;
        heap.deallocate(w.blocks[slot], w.sizes[slot], 8);
        int size = Sizes.of(w.kind, random);
        w.sizes[slot] = size;
        w.blocks[slot] = heap.allocate(size, 8);
      }
    }
    w.random = random;
  }

  /** No blocks, only invented addresses. */
  @State(Scope.Thread)
  public static class NoBlocks extends Blocks {
    long seen;

    @Setup
    public void setup() {
      blocks = new long[slots];
      sizes = new int[slots];
    }
  }

  /** The loop of {@link #heap} without an allocator: the arguments are summed. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void loop(Guard g, NoBlocks w) {
    long random = w.random;
    long seen = 0;
    for (int i = 0; i < N && g.open; i++) {
      random = Sizes.next(random);
      int slot = (int) random & w.blocks.length - 1;
      seen += w.blocks[slot] + w.sizes[slot];
      int size = Sizes.of(w.kind, random);
      w.sizes[slot] = size;
      w.blocks[slot] = random + size;
    }
    w.seen = seen;
    w.random = random;
  }

  /** The loop of {@link #heapLive} without an allocator. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void loopLive(Guard g, NoBlocks w) {
    long random = w.random;
    long seen = 0;
    for (int i = 0; i < N && g.open; i++) {
      random = Sizes.next(random);
      int slot = (int) random & w.blocks.length - 1;
      seen += w.blocks[slot];
      w.blocks[slot] = random;
    }
    w.seen = seen;
    w.random = random;
  }

  /** Blocks of LWJGL's allocator. */
  @State(Scope.Thread)
  public static class LwjglBlocks extends Blocks {
    @Setup
    public void setup() {
      fill(MemoryUtil::nmemAlloc);
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void lwjgl(Guard g, LwjglBlocks w) {
    long random = w.random;
    for (int i = 0; i < N && g.open; i++) {
      random = Sizes.next(random);
      int slot = (int) random & w.blocks.length - 1;
      MemoryUtil.nmemFree(w.blocks[slot]);
      w.blocks[slot] = MemoryUtil.nmemAlloc(Sizes.of(w.kind, random));
    }
    w.random = random;
  }

  /** Netty's buffers. */
  @State(Scope.Thread)
  public static class Buffers extends Blocks {
    ByteBuf[] buffers;

    @Setup
    public void setup() {
      buffers = new ByteBuf[slots];
      for (int i = 0; i < slots; i++) {
        random = Sizes.next(random);
        buffers[i] = PooledByteBufAllocator.DEFAULT.directBuffer(Sizes.of(kind, random));
      }
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void nettyPooled(Guard g, Buffers w) {
    long random = w.random;
    for (int i = 0; i < N && g.open; i++) {
      random = Sizes.next(random);
      int slot = (int) random & w.buffers.length - 1;
      w.buffers[slot].release();
      w.buffers[slot] = PooledByteBufAllocator.DEFAULT.directBuffer(Sizes.of(w.kind, random));
    }
    w.random = random;
  }

  /** The JDK's arenas. */
  @State(Scope.Thread)
  public static class Arenas extends Blocks {
    Arena[] arenas;

    @Setup
    public void setup() {
      arenas = new Arena[slots];
      for (int i = 0; i < slots; i++) {
        random = Sizes.next(random);
        arenas[i] = Arena.ofConfined();
        arenas[i].allocate(Sizes.of(kind, random), 8);
      }
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void confined(Guard g, Arenas w) {
    long random = w.random;
    for (int i = 0; i < N && g.open; i++) {
      random = Sizes.next(random);
      int slot = (int) random & w.arenas.length - 1;
      w.arenas[slot].close();
      w.arenas[slot] = Arena.ofConfined();
      w.arenas[slot].allocate(Sizes.of(w.kind, random), 8);
    }
    w.random = random;
  }

  /** Live blocks on the C side. */
  @State(Scope.Thread)
  public static class Kernel {
    @Param("1024")
    int slots;

    @Param("1")
    int kind;

    static final C.Functions FUNCTIONS = C.named(System.getProperty("bench.allocator", "jemalloc"));
    static final MethodHandle NEW = C.kernelOfAddress("k_window_new", ADDRESS, JAVA_LONG, JAVA_INT);
    static final MethodHandle RUN = C.kernel("k_window", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
    static final MethodHandle SIZED =
        C.kernel("k_window_sized", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
    static final MethodHandle LIVE = C.kernel("k_live", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
    static final MethodHandle LIVE_SIZED =
        C.kernel("k_live_sized", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
    static final MethodHandle LOOP = C.kernel("k_window_loop", ADDRESS, JAVA_LONG);
    static final MethodHandle LIVE_LOOP = C.kernel("k_live_loop", ADDRESS, JAVA_LONG);
    final MemorySegment malloc = FUNCTIONS.malloc();
    final MemorySegment free = FUNCTIONS.free();
    final MemorySegment sized = FUNCTIONS.sized();
    MemorySegment window;

    @Setup
    public void setup() throws Throwable {
      window = (MemorySegment) NEW.invokeExact(malloc, (long) slots, kind);
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void c(Kernel k) throws Throwable {
    Kernel.RUN.invokeExact(k.window, k.malloc, k.free, (long) N);
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void cSized(Kernel k) throws Throwable {
    Kernel.SIZED.invokeExact(k.window, k.malloc, k.sized, (long) N);
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void cLive(Kernel k) throws Throwable {
    Kernel.LIVE.invokeExact(k.window, k.malloc, k.free, (long) N);
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void cLiveSized(Kernel k) throws Throwable {
    Kernel.LIVE_SIZED.invokeExact(k.window, k.malloc, k.sized, (long) N);
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void cLoop(Kernel k) throws Throwable {
    Kernel.LOOP.invokeExact(k.window, (long) N);
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void cLiveLoop(Kernel k) throws Throwable {
    Kernel.LIVE_LOOP.invokeExact(k.window, (long) N);
  }
}
