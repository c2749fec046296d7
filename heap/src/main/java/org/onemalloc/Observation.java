package org.onemalloc;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.HeapStatistics.Caches;
import org.onemalloc.HeapStatistics.SizeClass;

/** What {@link Heap} knows of itself: accounts, statistics, and giving back. */
final class Observation {
  private Observation() {}

  /** Made on first use. */
  private static final class Here {
    static final Accounts ACCOUNTS = Accounts.here();
    static Control control;

    private Here() {}

    static synchronized Control control(Bound bound) {
      if (control == null) {
        control = Control.of(bound);
      }
      return control;
    }
  }

  /** Puts the account of untagged calls before a heap where accounting is on. */
  static Allocator front(Allocator heap) {
    return Accounts.mode()
        ? new TaggedHeap(Here.ACCOUNTS.root(), heap, heap instanceof CachedHeap)
        : heap;
  }

  static TaggedHeap tagged(String tag) {
    boolean first = !Here.ACCOUNTS.has(tag);
    TaggedHeap heap = TaggedHeap.of(Here.ACCOUNTS.of(tag));
    if (first) {
      Listeners.tell(listener -> listener.tagged(heap));
    }
    return heap;
  }

  static TaggedHeap accounted() {
    if (Heap.FRONT instanceof TaggedHeap all) {
      return all;
    }
    throw new IllegalStateException(
        "Untagged calls are not counted: start java with -D" + Accounts.MODE + "=on.");
  }

  static HeapStatistics statistics(Bound bound) {
    Binding binding = bound.binding();
    return new HeapStatistics(
        binding.allocator(),
        binding.version(),
        Here.ACCOUNTS.usages(),
        sizes(Here.ACCOUNTS.ledgers()),
        Here.ACCOUNTS.ledgers().threads(),
        caches(Heap.HEAP),
        Here.control(bound).statistics(),
        GlibcInfo.escaped(binding, Platform.here()));
  }

  private static List<SizeClass> sizes(Ledgers ledgers) {
    List<SizeClass> sizes = new ArrayList<>();
    long[] detail = ledgers.detail();
    for (int c = 0; c < Detail.CLASSES; c++) {
      long bytes = detail[Detail.FIRST_CLASS + 2 * c];
      long blocks = detail[Detail.FIRST_CLASS + 2 * c + 1];
      if (bytes != 0 || blocks != 0) {
        sizes.add(new SizeClass(1L << c, bytes, blocks));
      }
    }
    return sizes;
  }

  static Caches caches(CachedHeap heap) {
    if (!heap.cached()) {
      return new Caches(0, 0, 0, 0, GrowableMemory.kept());
    }
    long rows = 0;
    long bytes = 0;
    for (int c = 0; c < heap.classes().count(); c++) {
      long here = heap.caches().depot(c).rows();
      rows += here;
      bytes += here * heap.caches().cost(c, heap.caches().capacity(c));
    }
    return new Caches(
        heap.caches().owners(), heap.caches().bytes(), rows, bytes, GrowableMemory.kept());
  }

  static void purge(Bound bound) {
    CachedHeap heap = Heap.HEAP;
    if (heap.cached()) {
      heap.caches().sweep();
      ThreadCache mine = heap.caches().mine();
      if (mine != null) {
        mine.drain();
      }
      heap.caches().emptyDepots();
    }
    GrowableMemory.purge();
    Here.control(bound).purge();
  }
}
