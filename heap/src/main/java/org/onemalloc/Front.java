package org.onemalloc;

import org.onemalloc.internal.account.Accounts;
import org.onemalloc.internal.account.ProcessAccounts;
import org.onemalloc.internal.cache.CachedHeap;
import org.onemalloc.internal.cache.ProcessHeap;
import org.onemalloc.internal.checked.CheckedHeap;
import org.onemalloc.internal.checked.Checking;
import org.onemalloc.internal.checked.ExitReport;
import org.onemalloc.internal.checked.FullHeap;
import org.onemalloc.internal.checked.ReadCheckedHeap;
import org.onemalloc.internal.system.Platform;

/**
 * The heap that the public methods call: that of this process, behind the checks and accounts that
 * system properties turn on.
 *
 * <p>All static state of the library is in three classes, and is initialised in this order:
 *
 * <ol>
 *   <li>{@link ProcessHeap}: the binding, and the heap with its thread caches;
 *   <li>this class: the checks of the mode {@code full} in front of the heap, and the account of
 *       untagged calls in front of those;
 *   <li>{@link ProcessAccounts}: the accounts of tags, made during step 2 if untagged calls are
 *       counted, otherwise by the first tag or the first call for statistics.
 * </ol>
 *
 * <p>Every public method reads a field of this class first, so that no method runs between two
 * steps. Classes in lower layers never refer to this one. (Constants that a class computes from
 * system properties for itself, such as those of {@code Checking} and {@code Guarded}, depend on
 * nothing above them.)
 *
 * <p>The public methods test {@link #PLAIN}, a constant, and if it is true call {@link
 * ProcessHeap#CACHED} directly, so that the JIT sees only the heap's code. A call through an
 * interface, even of a constant, would cost 1.7 ns more until it is compiled and inlined.
 */
final class Front {
  /** The heap that checks every block; null unless the mode is {@code full}. */
  static final FullHeap FULL = Checking.FULL ? full(ProcessHeap.CACHED) : null;

  /** The heap that the public methods call. */
  static final Allocator FRONT = counted(FULL == null ? ProcessHeap.CACHED : FULL);

  /** Whether that is {@link ProcessHeap#CACHED}. */
  static final boolean PLAIN = FRONT instanceof CachedHeap;

  private Front() {}

  /** Initialises all static state, unless that has happened. */
  static void initialise() {}

  private static FullHeap full(CachedHeap heap) {
    boolean shared = ProcessHeap.BOUND.binding().sharedWithC();
    CheckedHeap all = new CheckedHeap(heap.direct(), shared, Checking.quarantine());
    FullHeap full = Checking.READS ? ReadCheckedHeap.inFrontOf(all, Platform.here()) : all;
    full.join();
    ExitReport.install(full::verify, full::leaks);
    return full;
  }

  private static Allocator counted(Allocator heap) {
    // tested here, so that a program without accounts loads none of the classes of accounts
    boolean wanted =
        System.getProperty("onemalloc.accounting") != null
            || System.getProperty("onemalloc.limit") != null;
    return wanted && Accounts.mode()
        ? new TaggedHeap(ProcessAccounts.ALL.root(), heap, heap instanceof CachedHeap)
        : heap;
  }
}
