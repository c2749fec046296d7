package org.onemalloc.reach;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.NIOFSDirectory;
import org.onemalloc.Heap;

/**
 * Lets libraries without an extension point allocate in this JVM, and prints what the process heap
 * saw: how many bytes this thread allocated (jemalloc), or whether a block belongs to it
 * (mimalloc).
 */
@SuppressWarnings("restricted")
final class Reached {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final boolean COUNTS = Heap.binding().allocator().equals("jemalloc");
  private static final int SIZE = 3_000_000;

  private Reached() {}

  /** Work that may show a block of its own. */
  private interface Work {
    void run(LongConsumer block) throws Exception;
  }

  /** Runs everything; the argument is an empty directory. */
  public static void main(String[] arguments) throws Throwable {
    System.out.println(Heap.binding().toString().lines().findFirst().orElseThrow());
    measured("Agrona", Reached::agrona);
    measured("Lucene", Reached::lucene);
    measured("Lucene's files", block -> files(Path.of(arguments[0])));
    measured("the JDK's files", block -> channel(Path.of(arguments[0], "plain")));
  }

  private static void measured(String name, Work work) throws Throwable {
    long before = COUNTS ? allocated() : 0;
    long[] block = new long[1];
    work.run(address -> block[0] = address);
    if (COUNTS) {
      System.out.println(name + " allocated " + (allocated() - before));
    } else if (block[0] != 0) {
      System.out.println(name + " in heap " + owns(block[0]));
    }
  }

  private static void agrona(LongConsumer block) {
    UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(SIZE, 64));
    buffer.putLong(8, 7);
    block.accept(buffer.addressOffset());
  }

  private static void lucene(LongConsumer block) throws Exception {
    ByteBuffersDataOutput output =
        new ByteBuffersDataOutput(
            ByteBuffersDataOutput.DEFAULT_MIN_BITS_PER_BLOCK,
            ByteBuffersDataOutput.DEFAULT_MAX_BITS_PER_BLOCK,
            size -> {
              ByteBuffer buffer = ByteBuffer.allocateDirect(size);
              block.accept(MemorySegment.ofBuffer(buffer).address());
              return buffer;
            },
            ByteBuffersDataOutput.NO_REUSE);
    output.writeBytes(new byte[SIZE]);
  }

  /** Read into arrays, by way of the JDK's temporary direct buffers. */
  private static void files(Path directory) throws Exception {
    try (NIOFSDirectory store = new NIOFSDirectory(directory)) {
      try (IndexOutput out = store.createOutput("values", IOContext.DEFAULT)) {
        out.writeBytes(new byte[SIZE], SIZE);
      }
      try (IndexInput in = store.openInput("values", IOContext.DEFAULT)) {
        in.readBytes(new byte[SIZE], 0, SIZE);
      }
    }
  }

  private static void channel(Path file) throws Exception {
    try (FileChannel out =
        FileChannel.open(
            file,
            java.nio.file.StandardOpenOption.CREATE,
            java.nio.file.StandardOpenOption.WRITE)) {
      out.write(ByteBuffer.wrap(new byte[SIZE]));
    }
  }

  private static MethodHandle process(String name, FunctionDescriptor shape) throws Throwable {
    MethodHandle dlsym =
        LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("dlsym"),
            FunctionDescriptor.of(ADDRESS, JAVA_LONG, ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment found = (MemorySegment) dlsym.invokeExact(0L, arena.allocateFrom(name));
      return LINKER.downcallHandle(found, shape);
    }
  }

  private static long allocated() throws Throwable {
    MethodHandle mallctl =
        process(
            "mallctl",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(JAVA_LONG);
      MemorySegment size = arena.allocateFrom(JAVA_LONG, 8);
      MemorySegment name = arena.allocateFrom("thread.allocated");
      if ((int) mallctl.invokeExact(name, value, size, MemorySegment.NULL, 0L) != 0) {
        throw new AssertionError("jemalloc counts no threads' bytes");
      }
      return value.get(JAVA_LONG, 0);
    }
  }

  private static boolean owns(long block) throws Throwable {
    MethodHandle mine =
        process("one_mi_is_in_heap_region", FunctionDescriptor.of(JAVA_BYTE, JAVA_LONG));
    return (byte) mine.invokeExact(block) != 0;
  }
}
