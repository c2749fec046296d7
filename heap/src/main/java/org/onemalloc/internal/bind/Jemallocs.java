package org.onemalloc.internal.bind;

import static org.onemalloc.internal.bind.Finder.there;

import java.lang.foreign.MemorySegment;
import org.onemalloc.internal.system.Memory;
import org.onemalloc.internal.system.Scratch;

/**
 * Recognises jemalloc, and proves that malloc is its own.
 *
 * <p>The existence of the names is not enough: they may belong to a copy that some library loaded.
 * So the provider is compared, and the thread's counter of allocated bytes must move when malloc is
 * called (the probe of folly's {@code usingJEMalloc}). A copy built without statistics has no
 * counter; then the provider alone is the proof.
 */
final class Jemallocs {
  private Jemallocs() {}

  static Recognised recognise(Finder f) {
    MemorySegment mallocx = own(f, "mallocx");
    MemorySegment rallocx = own(f, "rallocx");
    MemorySegment xallocx = own(f, "xallocx");
    MemorySegment sdallocx = own(f, "sdallocx");
    MemorySegment nallocx = own(f, "nallocx");
    MemorySegment mallctl = own(f, "mallctl");
    if (!there(mallocx, rallocx, xallocx, sdallocx, nallocx, mallctl)) {
      return null;
    }
    Standard standard = Recognised.standard(f, false, "jemalloc has such a call");
    Jemalloc backend = new Jemalloc(standard, mallocx, rallocx, xallocx, sdallocx, nallocx);
    long version = read(f, mallctl, "version");
    long counter = read(f, mallctl, "thread.allocatedp");
    String probe = "no counter to probe, this copy was built without statistics";
    if (counter != 0) {
      long moved = moved(backend, counter);
      for (int again = 0; again < 4 && moved > 64; again++) {
        moved = moved(backend, counter); // the JVM's own malloc at the first call was counted too
      }
      probe = "thread.allocatedp moved by " + moved + " at malloc(64)";
      if (moved < 64) {
        return Recognised.doubtful(f, "jemalloc", probe);
      }
    }
    String text = Memory.string(version);
    int commit = text.indexOf('-');
    String number = commit < 0 ? text : text.substring(0, commit);
    boolean unnamed = number.equals("0.0.0"); // built outside a release or checkout
    SizeClasses classes = SizeClasses.of(backend, true);
    return new Recognised("jemalloc", unnamed ? "" : number, backend, classes, probe);
  }

  private static long moved(Backend backend, long counter) {
    long before = Memory.get(counter);
    backend.deallocate(backend.allocate(64, 16), 64, 16);
    return Memory.get(counter) - before;
  }

  /** A derived copy defines malloc and je_mallocx; an installed one malloc and mallocx. */
  private static MemorySegment own(Finder f, String name) {
    return f.first(name, "je_" + name);
  }

  /** Reads a value of one word, 0 if there is no such name. */
  private static long read(Finder f, MemorySegment mallctl, String name) {
    Scratch scratch = new Scratch();
    scratch.set(0, 0);
    scratch.set(1, Long.BYTES);
    long size = scratch.results() + Long.BYTES;
    int error = (int) f.call(mallctl, scratch.string(name), scratch.results(), size);
    return error == 0 ? scratch.get(0) : 0;
  }
}
