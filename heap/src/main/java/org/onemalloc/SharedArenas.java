package org.onemalloc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Short-lived arenas for all threads, many of which share one scope, so that closing a shared scope
 * (20 to 50 microseconds, see {@link HeapArena#ofShared}) happens once for all of them.
 *
 * <p>Arenas are grouped into generations. When a generation has the given number of arenas or
 * bytes, the next one begins; when all arenas of a full generation are closed, its scope is closed
 * and its memory is freed.
 *
 * <p>So these arenas fulfil one promise of {@link Arena} late. A closed arena immediately refuses
 * to allocate and to be closed again, but its scope stays alive, and its segments can be accessed,
 * until its generation ends. That is safe, because their memory is not reused until then; a
 * mistaken use after close is merely not detected. An arena that stays open keeps the memory of its
 * whole generation.
 *
 * <p>Instances may be used by any number of threads.
 */
public final class SharedArenas implements AutoCloseable {
  private final int arenas;
  private final long bytes;
  private Generation current;
  private boolean closed;

  /**
   * Creates a source of arenas.
   *
   * @param arenas the number of arenas that share one scope, 1 or more
   * @param bytes the approximate number of bytes that a generation may allocate before the next one
   *     begins, 1 or more
   * @throws IllegalArgumentException if an argument is less than 1
   */
  public SharedArenas(int arenas, long bytes) {
    if (arenas < 1 || bytes < 1) {
      throw new IllegalArgumentException(
          "A generation of " + arenas + " arenas or " + bytes + " bytes: both must be 1 or more.");
    }
    this.arenas = arenas;
    this.bytes = bytes;
  }

  /**
   * Opens an arena, zeroed as the JDK's are.
   *
   * @return the arena, for all threads
   * @throws IllegalStateException if this source is closed
   * @throws HeapError if the heap cannot be bound
   */
  public synchronized Arena open() {
    if (closed) {
      throw new IllegalStateException("This source of arenas is closed.");
    }
    if (current != null && current.full(arenas, bytes)) {
      current.seal();
      current = null;
    }
    if (current == null) {
      current = new Generation();
    }
    return current.open();
  }

  /**
   * Closes this source, which then opens no more arenas; open arenas stay open, and the last
   * generation ends with them. Closing it again does nothing.
   */
  @Override
  public synchronized void close() {
    closed = true;
    if (current != null) {
      current.seal();
      current = null;
    }
  }

  private static final class Generation {
    private final HeapArena shared = HeapArena.ofShared();
    private int opened;
    private int live;
    private long allocated;
    private boolean sealed;

    synchronized boolean full(int arenas, long bytes) {
      return opened >= arenas || allocated >= bytes;
    }

    synchronized Arena open() {
      opened++;
      live++;
      return new Member(this);
    }

    synchronized void seal() {
      sealed = true;
      if (live == 0) {
        shared.close();
      }
    }

    /** Ends the scope with the last arena; if a downcall still uses it, this arena stays open. */
    synchronized void leave() {
      if (sealed && live == 1) {
        shared.close();
      }
      live--;
    }

    synchronized void count(long size) {
      allocated += size;
    }
  }

  private static final class Member extends FillingArena {
    private final Generation generation;
    private final AtomicBoolean closed = new AtomicBoolean();

    Member(Generation generation) {
      this.generation = generation;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
      check();
      return counted(generation.shared.allocate(byteSize, byteAlignment));
    }

    @Override
    MemorySegment raw(long byteSize, long byteAlignment) {
      check();
      return counted(generation.shared.raw(byteSize, byteAlignment));
    }

    private void check() {
      if (closed.get()) {
        throw alreadyClosed();
      }
    }

    private MemorySegment counted(MemorySegment segment) {
      generation.count(segment.byteSize());
      return segment;
    }

    @Override
    public MemorySegment.Scope scope() {
      return generation.shared.scope();
    }

    @Override
    public void close() {
      if (!closed.compareAndSet(false, true)) {
        throw alreadyClosed();
      }
      try {
        generation.leave();
      } catch (IllegalStateException e) {
        closed.set(false);
        throw e;
      }
    }

    private static IllegalStateException alreadyClosed() {
      return new IllegalStateException("Already closed");
    }
  }
}
