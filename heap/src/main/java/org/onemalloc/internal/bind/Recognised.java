package org.onemalloc.internal.bind;

import static org.onemalloc.internal.bind.Finder.there;

import java.lang.foreign.MemorySegment;

/**
 * A recognised allocator.
 *
 * @param proof the result of a probe, empty if the allocator has no function to probe
 */
public record Recognised(
    String allocator, String version, Backend backend, SizeClasses classes, String proof) {

  static Recognised plain(String allocator, String version, Backend backend, String proof) {
    SizeClasses classes = SizeClasses.of(backend, false);
    return new Recognised(allocator, version, backend, classes, proof);
  }

  /** Returns an allocator whose probe failed: only its standard functions are used. */
  static Recognised doubtful(Finder f, String allocator, String probe) {
    String why = "the probe failed (" + probe + ")";
    return plain(allocator, "", standard(f, false, why), "");
  }

  /**
   * Returns the standard functions; those that the provider lacks are looked up as for any C
   * caller.
   */
  public static Standard standard(Finder f, boolean glibc, String why) {
    MemorySegment memalign = f.standard("memalign");
    boolean own = there(memalign);
    return new Standard(
        f.anyone("malloc"),
        f.anyone("calloc"),
        f.anyone("realloc"),
        f.anyone("free"),
        own ? memalign : f.anyone("posix_memalign"),
        f.first(f.prefix() + "malloc_usable_size", f.prefix() + "malloc_size"),
        own,
        glibc,
        why);
  }
}
