package org.onemalloc.internal.bind;

import static org.onemalloc.internal.bind.Finder.there;

import java.lang.foreign.MemorySegment;
import org.onemalloc.internal.system.Memory;
import org.onemalloc.internal.system.Platform;

/**
 * The allocators that are recognised, each by functions that only it has and that its malloc's own
 * provider defines: all of them or none.
 */
public final class Families {
  private Families() {}

  /** Recognises the provider, or falls back to the polyfill. */
  static Recognised recognise(Finder f, Platform platform) {
    Recognised found = Jemallocs.recognise(f);
    if (found == null) {
      found = mimalloc(f);
    }
    if (found == null) {
      found = tcmalloc(f);
    }
    if (found == null) {
      found = snmalloc(f);
    }
    if (found == null && platform.mac()) {
      found = zones(f);
    }
    if (found == null) {
      found = libc(f);
    }
    if (found == null) {
      found = c23(f);
    }
    return found != null
        ? found
        : Recognised.plain(
            "unknown",
            "",
            Recognised.standard(f, false, "the allocator is not one that is known here"),
            "");
  }

  private static Recognised mimalloc(Finder f) {
    MemorySegment aligned = f.mimalloc("malloc_aligned");
    MemorySegment zalloc = f.mimalloc("zalloc_aligned");
    MemorySegment realloc = f.mimalloc("realloc_aligned");
    MemorySegment expand = f.mimalloc("expand");
    MemorySegment usable = f.mimalloc("usable_size");
    MemorySegment good = f.mimalloc("good_size");
    if (!there(aligned, zalloc, realloc, expand, usable, good)) {
      return null;
    }
    Standard standard = Recognised.standard(f, false, "mimalloc has no such call");
    Mimalloc backend = new Mimalloc(standard, aligned, zalloc, realloc, expand, usable, good);
    MemorySegment version = f.exact("mi_version");
    int number = there(version) ? (int) f.call(version, 0, 0, 0) : 0;
    MemorySegment mine = f.mimalloc("is_in_heap_region");
    String probe = there(mine) ? "mi_is_in_heap_region knows a new block" : "";
    return !there(mine) || answers(backend, f, mine)
        ? Recognised.plain("mimalloc", mimallocVersion(number), backend, probe)
        : Recognised.doubtful(f, "mimalloc", probe);
  }

  /**
   * Returns the version of MI_MALLOC_VERSION, which has three digits, and since 2026 one and twice
   * two (mimalloc.h).
   */
  static String mimallocVersion(int number) {
    if (number <= 0) {
      return "";
    }
    return number < 10_000
        ? number / 100 + "." + number / 10 % 10 + "." + number % 10
        : number / 10_000 + "." + number / 100 % 100 + "." + number % 100;
  }

  /**
   * tcmalloc's sized calls (tc_free_sized, sdallocx) are not used: its realloc leaves a block that
   * shrinks by less than half in its old class (do_realloc in tcmalloc.cc), and a sized free by the
   * new size then puts it on the list of another. They would save 4 % of a free.
   */
  private static Recognised tcmalloc(Finder f) {
    MemorySegment good = f.first("tc_nallocx", "nallocx");
    MemorySegment usable = f.standard("malloc_usable_size");
    // nallocx is jemalloc's, and other allocators have it too.
    MemorySegment only =
        f.first(
            "tc_nallocx", "tc_version", "MallocExtension_GetOwnership", "TCMallocInternalMalloc");
    if (!there(good, usable, only)) {
      return null;
    }
    MemorySegment owner = f.exact("MallocExtension_GetOwnership");
    MemorySegment version = f.exact("tc_version");
    String why = "tcmalloc's sized free is wrong for blocks that realloc shrank";
    Sized backend =
        new Sized(
            Recognised.standard(f, false, why),
            MemorySegment.NULL,
            "",
            good,
            "nallocx",
            usable,
            "malloc_usable_size");
    String probe = there(owner) ? "MallocExtension_GetOwnership owns a new block" : "";
    String text = there(version) ? Memory.string(f.call(version, 0, 0, 0)) : "";
    return !there(owner) || answers(backend, f, owner)
        ? Recognised.plain("tcmalloc", text.replace("gperftools ", ""), backend, probe)
        : Recognised.doubtful(f, "tcmalloc", probe);
  }

  private static Recognised snmalloc(Finder f) {
    MemorySegment good = f.standard("malloc_good_size");
    MemorySegment usable = f.standard("malloc_usable_size");
    if (!there(good, usable, f.exact("__malloc_end_pointer"))) {
      return null;
    }
    Standard standard = Recognised.standard(f, false, "snmalloc ignores the size");
    Sized backend =
        new Sized(
            standard,
            MemorySegment.NULL,
            "",
            good,
            "malloc_good_size",
            usable,
            "malloc_usable_size");
    return Recognised.plain("snmalloc", "", backend, "");
  }

  private static Recognised zones(Finder f) {
    MemorySegment good = f.standard("malloc_good_size");
    MemorySegment usable = f.standard("malloc_size");
    if (!there(good, usable)) {
      return null;
    }
    Standard standard = Recognised.standard(f, false, "macOS's zones ignore the size");
    Sized backend =
        new Sized(
            standard, MemorySegment.NULL, "", good, "malloc_good_size", usable, "malloc_size");
    return Recognised.plain("libmalloc", System.getProperty("os.version", ""), backend, "");
  }

  private static Recognised libc(Finder f) {
    MemorySegment version = f.exact("gnu_get_libc_version");
    if (there(version)) {
      return glibc(f, Memory.string(f.call(version, 0, 0, 0)));
    }
    if (f.provider().file().contains("musl")) {
      // mallocng keeps the exact size next to the block and aborts if the bytes after it are used
      return Recognised.plain(
          "musl",
          "",
          Recognised.standard(f, false, "musl has no such call, and keeps exact sizes"),
          "");
    }
    return null;
  }

  private static Recognised glibc(Finder f, String version) {
    MemorySegment usable = f.standard("malloc_usable_size");
    // Since 2.43 it has free_sized and free_aligned_sized, which are free: they ignore the size.
    String why =
        there(f.standard("free_sized"))
            ? "glibc's free_sized ignores the size, and glibc has no other such call"
            : "glibc has no such call, and does not sanction the use of malloc_usable_size";
    Standard standard = Recognised.standard(f, true, why);
    long block = f.call(standard.malloc(), 25, 0, 0);
    long says = block != 0 && there(usable) ? f.call(usable, block, 0, 0) : 0;
    // 40, or 56 where the 16 bytes left over are too few for a chunk of their own
    boolean layout =
        (says == 40 || says == 56)
            && GlibcChunk.readable(block)
            && GlibcChunk.usable(block) == says;
    f.call(standard.free(), block, 0, 0);
    if (!layout) {
      Standard odd = Recognised.standard(f, false, why);
      return Recognised.plain(
          "glibc", version, odd, "malloc_usable_size says " + says + " of a block of 25");
    }
    String proof = "malloc_usable_size says " + says + " of a block of 25, glibc's layout";
    return new Recognised("glibc", version, standard, SizeClasses.GLIBC, proof);
  }

  /**
   * C23's free_sized requires the requested size, and the seam allows any size up to the usable
   * one. So it is used only if the two are equal: if malloc_usable_size is exact.
   */
  private static Recognised c23(Finder f) {
    MemorySegment sized = f.standard("free_sized");
    MemorySegment usable = f.standard("malloc_usable_size");
    if (!there(sized, usable)) {
      return null;
    }
    String why = "C23 has no such call";
    Standard standard = Recognised.standard(f, false, why);
    for (long size : new long[] {1, 17, 100, 1000, 5000}) {
      long block = f.call(standard.malloc(), size, 0, 0);
      long says = block == 0 ? 0 : f.call(usable, block, 0, 0);
      f.call(standard.free(), block, 0, 0);
      if (says != size) {
        String reason =
            "free_sized of an unknown allocator may require the exact size, which is not always"
                + " known here (malloc_usable_size says "
                + says
                + " of a block of "
                + size
                + ")";
        return Recognised.plain("unknown", "", Recognised.standard(f, false, reason), "");
      }
    }
    MemorySegment none = MemorySegment.NULL;
    Sized backend = new Sized(standard, sized, "free_sized", none, "", none, "");
    return Recognised.plain(
        "unknown", "", backend, "malloc_usable_size is the requested size: free_sized is safe");
  }

  /** Asks a yes-or-no function of the allocator about a new block. */
  private static boolean answers(Backend backend, Finder f, MemorySegment question) {
    long block = backend.allocate(64, 16);
    if (block == 0) {
      return false;
    }
    boolean answer = (f.call(question, block, 0, 0) & 0xff) == 1;
    backend.deallocate(block, 64, 16);
    return answer;
  }
}
