package org.onemalloc.inspect.privateallocator;

import java.util.List;
import org.onemalloc.inspect.result.PrivateAllocator;

/** Recognises the allocators that are linked into a native file. */
public final class PrivateAllocators {
  private PrivateAllocators() {}

  /**
   * The allocators whose code is in a file, by name, in one pass over it. A file that exports the
   * malloc family (an {@link org.onemalloc.inspect.result.NativeModule#overrides() override}) shows
   * what it is made of: then the allocator is not private.
   *
   * @param file the bytes of an ELF, Mach-O or PE file
   */
  public static List<PrivateAllocator> in(byte[] file) {
    return List.of();
  }
}
