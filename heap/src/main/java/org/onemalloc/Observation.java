package org.onemalloc;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.HeapStatistics.Caches;
import org.onemalloc.HeapStatistics.SizeClass;
import org.onemalloc.internal.account.Account;
import org.onemalloc.internal.account.Accounts;
import org.onemalloc.internal.account.Detail;
import org.onemalloc.internal.account.Ledgers;
import org.onemalloc.internal.account.ProcessAccounts;
import org.onemalloc.internal.bind.Control;
import org.onemalloc.internal.bind.GlibcInfo;
import org.onemalloc.internal.cache.CachedHeap;
import org.onemalloc.internal.cache.ProcessHeap;
import org.onemalloc.internal.cache.ThreadCache;
import org.onemalloc.internal.listen.Listeners;
import org.onemalloc.internal.system.Platform;

/** The parts of {@link Heap} that observe it: accounts, statistics, and returning memory. */
final class Observation {
  private Observation() {}

  /** Made on first use. */
  private static final class Allocators {
    static final Control CONTROL = Control.of(ProcessHeap.BOUND);
  }

  static TaggedHeap tagged(String tag) {
    Allocator front = Front.FRONT;
    boolean first = !ProcessAccounts.ALL.has(tag);
    Account account = ProcessAccounts.ALL.of(tag);
    if (first) {
      Listeners.tell(listener -> listener.tagged(tag));
    }
    return front instanceof TaggedHeap all
        ? all.under(account)
        : new TaggedHeap(account, front, Front.PLAIN);
  }

  static TaggedHeap accounted() {
    if (Front.FRONT instanceof TaggedHeap all) {
      return all;
    }
    throw new IllegalStateException(
        "Untagged calls are not counted: start java with -D" + Accounts.MODE + "=on.");
  }

  static HeapStatistics statistics() {
    Front.initialise();
    Binding binding = ProcessHeap.BOUND.binding();
    return new HeapStatistics(
        binding.allocator(),
        binding.version(),
        ProcessAccounts.ALL.usages(),
        sizes(ProcessAccounts.ALL.ledgers()),
        ProcessAccounts.ALL.ledgers().threads(),
        caches(ProcessHeap.CACHED),
        Allocators.CONTROL.statistics(),
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

  static void purge() {
    Front.initialise();
    CachedHeap heap = ProcessHeap.CACHED;
    if (heap.cached()) {
      heap.caches().sweep();
      ThreadCache mine = heap.caches().mine();
      if (mine != null) {
        mine.drain();
      }
      heap.caches().emptyDepots();
    }
    GrowableMemory.purge();
    Allocators.CONTROL.purge();
  }
}
