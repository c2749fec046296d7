package org.onemalloc.internal.bind;

import static org.onemalloc.internal.bind.Finder.there;

import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;
import org.onemalloc.HeapStatistics;
import org.onemalloc.internal.system.Calls;
import org.onemalloc.internal.system.Scratch;

/**
 * What an allocator reports of itself, and how it is called to return memory. The functions are
 * looked up at the first use instead of during binding, because most programs never need them.
 */
public interface Control {
  /** The control of an allocator that has neither. */
  Control NONE =
      new Control() {
        @Override
        public HeapStatistics.Provider statistics() {
          OptionalLong none = OptionalLong.empty();
          return new HeapStatistics.Provider(none, none, none, none);
        }

        @Override
        public void purge() {}
      };

  HeapStatistics.Provider statistics();

  /** Returns free memory to the system. */
  void purge();

  /** Finds the control of the allocator that was bound. */
  static Control of(Bound bound) {
    Finder f = bound.finder();
    return switch (bound.binding().allocator()) {
      case "jemalloc" -> jemalloc(f);
      case "mimalloc" -> mimalloc(f);
      case "tcmalloc" -> tcmalloc(f);
      case "glibc" -> glibc(f);
      default -> NONE;
    };
  }

  private static Control jemalloc(Finder f) {
    MemorySegment mallctl = f.first("mallctl", "je_mallctl");
    return there(mallctl) ? new JemallocControl(mallctl) : NONE;
  }

  private static Control mimalloc(Finder f) {
    MemorySegment info = f.mimalloc("process_info");
    MemorySegment collect = f.mimalloc("collect");
    return there(info, collect) ? new MimallocControl(info, collect) : NONE;
  }

  private static Control tcmalloc(Finder f) {
    MemorySegment property = f.exact("MallocExtension_GetNumericProperty");
    MemorySegment release = f.exact("MallocExtension_ReleaseFreeMemory");
    return there(property, release) ? new TcmallocControl(property, release) : NONE;
  }

  /** mallinfo2 since glibc 2.33. */
  private static Control glibc(Finder f) {
    MemorySegment info = f.exact("mallinfo2");
    MemorySegment trim = f.exact("malloc_trim");
    return there(info, trim) ? new GlibcControl(info, trim) : NONE;
  }

  /** jemalloc(3), "MALLCTL NAMESPACE". */
  record JemallocControl(MemorySegment mallctl, Scratch scratch) implements Control {
    /** MALLCTL_ARENAS_ALL. */
    private static final String ALL = "arena.4096.";

    JemallocControl(MemorySegment mallctl) {
      this(mallctl, new Scratch());
    }

    @Override
    public synchronized HeapStatistics.Provider statistics() {
      scratch.set(0, 1);
      long epoch = scratch.results();
      Calls.normal(mallctl, scratch.string("epoch"), 0, 0, epoch, Long.BYTES, 0);
      return new HeapStatistics.Provider(
          read("stats.allocated"),
          read("stats.active"),
          read("stats.resident"),
          read("stats.retained"));
    }

    private OptionalLong read(String name) {
      scratch.set(0, 0);
      scratch.set(1, Long.BYTES);
      long value = scratch.results();
      int error =
          (int) Calls.normal(mallctl, scratch.string(name), value, value + Long.BYTES, 0, 0, 0);
      return error == 0 ? OptionalLong.of(scratch.get(0)) : OptionalLong.empty();
    }

    @Override
    public synchronized void purge() {
      Calls.normal(mallctl, scratch.string("thread.tcache.flush"), 0, 0, 0, 0, 0);
      Calls.normal(mallctl, scratch.string(ALL + "purge"), 0, 0, 0, 0, 0);
    }
  }

  /** mimalloc.h. Its counters of blocks are not in release builds. */
  record MimallocControl(MemorySegment info, MemorySegment collect) implements Control {
    @Override
    public HeapStatistics.Provider statistics() {
      OptionalLong none = OptionalLong.empty();
      return new HeapStatistics.Provider(
          none, OptionalLong.of(ControlCalls.committed(info)), none, none);
    }

    @Override
    public void purge() {
      Calls.normal(collect, 1, 0, 0);
    }
  }

  /** gperftools/malloc_extension_c.h and malloc_extension.h. */
  record TcmallocControl(MemorySegment property, MemorySegment release, Scratch scratch)
      implements Control {

    TcmallocControl(MemorySegment property, MemorySegment release) {
      this(property, release, new Scratch());
    }

    @Override
    public synchronized HeapStatistics.Provider statistics() {
      OptionalLong heap = read("generic.heap_size");
      OptionalLong free = read("tcmalloc.pageheap_free_bytes");
      OptionalLong unmapped = read("tcmalloc.pageheap_unmapped_bytes");
      boolean whole = heap.isPresent() && free.isPresent() && unmapped.isPresent();
      return new HeapStatistics.Provider(
          read("generic.current_allocated_bytes"),
          whole
              ? OptionalLong.of(heap.getAsLong() - free.getAsLong() - unmapped.getAsLong())
              : OptionalLong.empty(),
          read("generic.total_physical_bytes"),
          unmapped);
    }

    private OptionalLong read(String name) {
      scratch.set(0, 0);
      long done = Calls.normal(property, scratch.string(name), scratch.results(), 0);
      return (int) done == 0 ? OptionalLong.empty() : OptionalLong.of(scratch.get(0));
    }

    @Override
    public void purge() {
      Calls.normal(release, 0, 0, 0);
    }
  }

  /** mallinfo(3), malloc_trim(3). */
  record GlibcControl(MemorySegment info, MemorySegment trim) implements Control {
    @Override
    public HeapStatistics.Provider statistics() {
      GlibcInfo now = GlibcInfo.of(info);
      OptionalLong none = OptionalLong.empty();
      return new HeapStatistics.Provider(
          OptionalLong.of(now.used()), OptionalLong.of(now.held()), none, none);
    }

    @Override
    public void purge() {
      Calls.normal(trim, 0, 0, 0);
    }
  }
}
