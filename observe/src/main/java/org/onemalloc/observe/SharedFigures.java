package org.onemalloc.observe;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.onemalloc.observe.HeapMXBean.Snapshot;
import org.onemalloc.observe.HeapMXBean.TagUsage;
import org.onemalloc.observe.HeapMXBean.ThreadUsage;

/**
 * Shares the figures of the heap with {@code onemalloc top}, another process of the same user,
 * without a port and without an agent. The figures are in a deleted file that this process keeps
 * open and mapped. The file can be opened only through /proc/PID/fd, under the access rules of the
 * kernel, and it disappears when the process ends.
 *
 * <pre>{@code
 *  0  long  MAGIC, 0 once the figures are in a larger file
 *  8  long  wanted: a reader writes 1, and waits
 * 16  long  version: odd while the figures are written
 * 24  long  the number of bytes that follow
 * 32        the figures, see encode
 * }</pre>
 *
 * The four longs are in native byte order. A thread checks for readers once a second. After a
 * request it checks ten times a second, until there was no request for ten seconds. It takes the
 * figures only when a reader waits for them.
 */
final class SharedFigures {
  /** The prefix of the name of the deleted file; top/HeapConnection looks for it. */
  private static final String NAME = "onemalloc-heap-";

  private static final long MAGIC = 0x6f6e656d616c6c31L; // "onemall1"
  private static final int WANTED = 8;
  private static final int VERSION = 16;
  private static final int LENGTH = 24;
  private static final int FIGURES = 32;

  private static final int FORMAT = 1;
  private static final int FIRST_SIZE = 64 << 10;
  private static final int LONGEST_NAME = 1_000;

  /** The interval at which the thread wakes up while no process reads, which is nearly always. */
  private static final long REST_NANOS = 1_000_000_000;

  private static final long LOOK_NANOS = 100_000_000;
  private static final long ATTENTION_NANOS = 10_000_000_000L;

  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

  private final Supplier<Snapshot> heap;
  private FileChannel file;
  private Arena arena;
  private MemorySegment memory;

  private SharedFigures(Supplier<Snapshot> heap) throws IOException {
    this.heap = heap;
    open(FIRST_SIZE);
  }

  /**
   * Starts to share figures, if there is /proc, through which readers find them, and a directory
   * for temporary files. Otherwise only the bean is available.
   */
  static void start(Supplier<Snapshot> heap) {
    if (!Files.isDirectory(Path.of("/proc/self/fd"))) {
      return;
    }
    try {
      SharedFigures figures = new SharedFigures(heap);
      Thread.ofPlatform().daemon().name("onemalloc figures").start(figures::serve);
    } catch (IOException e) {
      // There is no room or no permission for a file. The program need not be told.
    }
  }

  private void serve() {
    try {
      long asked = System.nanoTime() - ATTENTION_NANOS;
      while (true) {
        boolean read = System.nanoTime() - asked < ATTENTION_NANOS;
        LockSupport.parkNanos(read ? LOOK_NANOS : REST_NANOS);
        if ((long) LONG.getAndSet(memory, WANTED, 0L) != 0) {
          publish(encode(heap.get()));
          asked = System.nanoTime();
        }
      }
    } catch (IOException e) {
      LONG.setVolatile(memory, 0L, 0L); // no larger file is possible; readers report it
    }
  }

  private void publish(byte[] figures) throws IOException {
    if (figures.length > memory.byteSize() - FIGURES) {
      FileChannel oldFile = file;
      Arena oldArena = arena;
      MemorySegment old = memory;
      open(2 * (figures.length + FIGURES));
      LONG.setVolatile(old, 0L, 0L);
      oldFile.close();
      oldArena.close();
    }
    long version = (long) LONG.getVolatile(memory, VERSION);
    LONG.setVolatile(memory, VERSION, version + 1);
    VarHandle.fullFence(); // the figures come after the odd version
    LONG.set(memory, LENGTH, figures.length);
    MemorySegment.copy(MemorySegment.ofArray(figures), 0, memory, FIGURES, figures.length);
    LONG.setVolatile(memory, VERSION, version + 2);
  }

  /**
   * Creates and maps the file. The file is written before it is mapped, so that a full disk causes
   * an exception here and not a fault at a later access.
   */
  @SuppressWarnings("MustBeClosedChecker") // closed with the file when the next one is opened
  private void open(int size) throws IOException {
    Path path = Files.createTempFile(NAME, ".figures");
    FileChannel opened = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      Files.delete(path);
      for (ByteBuffer zeros = ByteBuffer.allocate(size); zeros.hasRemaining(); ) {
        opened.write(zeros);
      }
      arena = Arena.ofShared();
      memory = opened.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
    } catch (IOException e) {
      opened.close();
      throw e;
    }
    file = opened;
    LONG.setVolatile(memory, 0L, MAGIC);
  }

  /** Encodes the figures in the format of DataOutput; top/HeapView reads them. */
  private static byte[] encode(Snapshot now) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(FORMAT);
      out.writeUTF(cut(now.allocator()));
      out.writeBoolean(now.accounting());
      long[] figures = {
        now.liveBytes(),
        now.allocatedBytes(),
        now.activeBytes(),
        now.residentBytes(),
        now.retainedBytes(),
        now.escapedBytes(),
        now.cacheBytes()
      };
      for (long figure : figures) {
        out.writeLong(figure);
      }
      out.writeInt(now.tags().size());
      for (TagUsage tag : now.tags()) {
        out.writeUTF(cut(tag.tag()));
        out.writeLong(tag.bytes());
        out.writeLong(tag.blocks());
        out.writeLong(tag.totalBytes());
        out.writeLong(tag.limit());
      }
      out.writeInt(now.threads().size());
      for (ThreadUsage thread : now.threads()) {
        out.writeUTF(cut(thread.name()));
        out.writeLong(thread.allocatedBytes());
        out.writeLong(thread.freedBytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  private static String cut(String name) {
    return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME);
  }
}
