package org.onemalloc.compare.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.onemalloc.compare.process.Posix.PosixException;

/**
 * The ring buffer of one processor: the kernel writes events to it, and this class reads them.
 * Numbers and layouts are those of linux/perf_event.h.
 */
@SuppressWarnings("restricted")
final class EventRing {
  /** A {@code pid} argument: every process of the machine. */
  static final int EVERYBODY = -1;

  /** A {@code pid} argument: the calling thread and the threads and processes that it starts. */
  static final int CHILDREN = 0;

  private static final int SOFTWARE = 1;
  private static final long DUMMY = 9;
  private static final long SAMPLE_TIME = 1 << 2;
  private static final long INHERIT = 1 << 1;

  /**
   * The bits exclude_kernel, exclude_hv, mmap, comm, task, sample_id_all, mmap2, comm_exec,
   * use_clockid.
   */
  private static final long FLAGS =
      1 << 5 | 1 << 6 | 1 << 8 | 1 << 9 | 1 << 13 | 1 << 18 | 1 << 23 | 1 << 24 | 1 << 25;

  private static final int CLOCK_MONOTONIC = 1;
  private static final int ATTRIBUTE_BYTES = 112;
  private static final long CLOSE_ON_EXEC = 1 << 3;
  private static final long HEAD = 1024;
  private static final long TAIL = 1032;

  private static final int LOST = 2;
  private static final int COMM = 3;
  private static final int EXIT = 4;
  private static final int FORK = 7;
  private static final int MMAP2 = 10;
  private static final int COMM_EXEC = 1 << 13;

  /**
   * The memory that a user may lock per processor, one page excluded ({@code perf_event_mlock_kb}).
   */
  static final int SMALL_BYTES = 512 << 10;

  private static final int PROTECTION = 1 | 2; // PROT_READ, PROT_WRITE
  private static final int SHARED = 1;
  private static final VarHandle LONG = JAVA_LONG.varHandle();

  private final int descriptor;
  private final MemorySegment control;
  private final MemorySegment data;

  private EventRing(int descriptor, MemorySegment mapped, long page) {
    this.descriptor = descriptor;
    this.control = mapped.asSlice(0, page);
    this.data = mapped.asSlice(page);
  }

  /** An event with its time on the clock of {@link System#nanoTime}. */
  record Stamped(long nanos, KernelEvent event) {}

  /**
   * Opens a ring.
   *
   * @param bytes the size of its data, a power of two; above {@link #SMALL_BYTES} for root alone
   */
  static EventRing open(int whom, int processor, int bytes) throws PosixException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      int descriptor = event(whom, processor, arena, state);
      long page = (int) Posix.call("getpagesize", FunctionDescriptor.of(JAVA_INT)).invokeExact();
      FunctionDescriptor type =
          FunctionDescriptor.of(
              ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
      MethodHandle mmap = Posix.call("mmap", type, Linker.Option.captureCallState("errno"));
      MemorySegment mapped =
          (MemorySegment)
              mmap.invokeExact(
                  state, MemorySegment.NULL, page + bytes, PROTECTION, SHARED, descriptor, 0L);
      if (mapped.address() == -1) {
        Posix.close(descriptor);
        throw Posix.failure("mmap of perf_event_open's ring", state);
      }
      return new EventRing(descriptor, mapped.reinterpret(page + bytes), page);
    } catch (PosixException e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  private static int event(int whom, int processor, Arena arena, MemorySegment state)
      throws Throwable {
    FunctionDescriptor type =
        FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    MethodHandle call =
        Posix.call(
            "syscall",
            type,
            Linker.Option.firstVariadicArg(1),
            Linker.Option.captureCallState("errno"));
    MemorySegment attributes = arena.allocateFrom(JAVA_BYTE, attributes(whom));
    int descriptor =
        (int)
            (long)
                call.invokeExact(
                    state, number(), attributes, (long) whom, (long) processor, -1L, CLOSE_ON_EXEC);
    if (descriptor < 0) {
      throw Posix.failure("perf_event_open", state);
    }
    return descriptor;
  }

  private static long number() throws PosixException {
    return switch (System.getProperty("os.arch")) {
      case "amd64" -> 298;
      case "aarch64" -> 241;
      default -> throw new PosixException("perf_event_open is not known on this processor");
    };
  }

  private static byte[] attributes(int whom) {
    ByteBuffer attributes = ByteBuffer.allocate(ATTRIBUTE_BYTES).order(ByteOrder.nativeOrder());
    attributes.putInt(0, SOFTWARE);
    attributes.putInt(4, ATTRIBUTE_BYTES);
    attributes.putLong(8, DUMMY);
    attributes.putLong(24, SAMPLE_TIME);
    attributes.putLong(40, whom == CHILDREN ? FLAGS | INHERIT : FLAGS);
    attributes.putInt(92, CLOCK_MONOTONIC);
    return attributes.array();
  }

  /** Removes all events from the ring and adds them to a list. */
  void read(List<Stamped> events) {
    long head = (long) LONG.getAcquire(control, HEAD);
    long tail = control.get(JAVA_LONG, TAIL);
    while (tail < head) {
      int size = Short.toUnsignedInt((short) (word(tail) >>> 48));
      ByteBuffer event = copy(tail, size);
      KernelEvent known = parse(event, size);
      if (known != null) {
        events.add(new Stamped(event.getLong(size - Long.BYTES), known));
      }
      tail += size;
    }
    LONG.setRelease(control, TAIL, tail);
  }

  /** Reads eight bytes. They never wrap, because events begin at multiples of eight bytes. */
  private long word(long at) {
    return data.get(JAVA_LONG, at & (data.byteSize() - 1));
  }

  private ByteBuffer copy(long at, int size) {
    byte[] copy = new byte[size];
    int first = (int) Math.min(size, data.byteSize() - (at & (data.byteSize() - 1)));
    MemorySegment.copy(data, JAVA_BYTE, at & (data.byteSize() - 1), copy, 0, first);
    MemorySegment.copy(data, JAVA_BYTE, 0, copy, first, size - first);
    return ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder());
  }

  /**
   * Returns an event, or null if it does not matter here: it concerns a thread, a name that a
   * program gave itself, or memory without a file.
   */
  private static KernelEvent parse(ByteBuffer event, int size) {
    int pid = event.getInt(8);
    return switch (event.getInt(0)) {
      case LOST -> new KernelEvent.Lost(event.getLong(16));
      case FORK -> {
        int parent = event.getInt(12);
        yield pid == parent ? null : new KernelEvent.Forked(pid, parent);
      }
      case EXIT -> event.getInt(16) == pid ? new KernelEvent.Ended(pid) : null;
      case COMM -> {
        boolean executed = (event.getShort(4) & COMM_EXEC) != 0;
        yield executed
            ? new KernelEvent.Executed(pid, text(event, 16, size), event.getLong(size - Long.BYTES))
            : null;
      }
      case MMAP2 -> {
        String name = text(event, 72, size);
        // A path that is too long for the kernel is reported as //toolong.
        yield name.startsWith("/") && !name.equals("//anon")
            ? new KernelEvent.Mapped(
                pid,
                name,
                event.getLong(16) - event.getLong(32),
                device(event.getInt(40), event.getInt(44)),
                event.getLong(48))
            : null;
      }
      default -> null;
    };
  }

  /** Combines the two numbers as makedev(3) does. */
  private static long device(long major, long minor) {
    return ((major & 0xfff) << 8)
        | ((major & ~0xfffL) << 32)
        | (minor & 0xff)
        | ((minor & ~0xffL) << 12);
  }

  private static String text(ByteBuffer event, int from, int size) {
    int end = from;
    while (end < size - Long.BYTES && event.get(end) != 0) {
      end++;
    }
    byte[] text = new byte[end - from];
    event.get(from, text);
    return new String(text, StandardCharsets.UTF_8);
  }

  void close() {
    try {
      int _ =
          (int)
              Posix.call("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG))
                  .invokeExact(control, control.byteSize() + data.byteSize());
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
    Posix.close(descriptor);
  }
}
