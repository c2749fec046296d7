package org.onemalloc.internal.system;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;
import org.onemalloc.HeapError;

/**
 * The dynamic loader of Linux and macOS.
 *
 * <p>The default lookup is used for dlsym, dladdr, dlopen and dlerror only: its scope is libc's, so
 * that it finds glibc's malloc and free even where another allocator is preloaded for the rest of
 * the process. {@code dlsym(RTLD_DEFAULT)} finds the malloc of the process: it searches the global
 * scope, in the order in which the executable's own reference was bound.
 */
public final class UnixSymbols implements Symbols {
  private static final int RTLD_NOW = 2;

  private final Scratch scratch = new Scratch();
  private final MemorySegment dlsym;
  private final MemorySegment dladdr;
  private final long scope;
  private Provider last = new Provider(0, "");

  private UnixSymbols(SymbolLookup libc, long scope) {
    this.dlsym = required(libc, "dlsym");
    this.dladdr = required(libc, "dladdr");
    this.scope = scope;
  }

  /** Returns the global scope: RTLD_DEFAULT is 0 on Linux (dlfcn.h), -2 on macOS. */
  public static UnixSymbols global(Platform platform) {
    return new UnixSymbols(Linker.nativeLinker().defaultLookup(), platform.mac() ? -2 : 0);
  }

  /** Loads a library that is never unloaded. Its symbols are visible to this object only. */
  public static UnixSymbols load(String file) {
    SymbolLookup libc = Linker.nativeLinker().defaultLookup();
    // before dlopen: a lookup between the two calls clears dlerror's message
    MemorySegment dlerror = required(libc, "dlerror");
    long handle = Calls.normal(required(libc, "dlopen"), new Scratch().string(file), RTLD_NOW, 0);
    if (handle == 0) {
      String why = Memory.string(Calls.normal(dlerror, 0, 0, 0));
      throw new HeapError(
          "The private heap's library cannot be loaded ("
              + why
              + "): name a library that is built to be loaded at run time, with a prefix, as those"
              + " of lwjgl-mimalloc and lwjgl-jemalloc are.");
    }
    return new UnixSymbols(libc, handle);
  }

  public static MemorySegment required(SymbolLookup lookup, String name) {
    Optional<MemorySegment> found = lookup.find(name);
    if (found.isEmpty()) { // no lambda: the first in a JVM costs 2 ms
      throw new HeapError("This system's C library has no " + name + ".");
    }
    return found.get();
  }

  @Override
  public long find(String name) {
    return Calls.critical(dlsym, scope, scratch.string(name), 0);
  }

  @Override
  public long findInJavaLookup(String name) {
    return Linker.nativeLinker().defaultLookup().find(name).orElse(MemorySegment.NULL).address();
  }

  @Override
  public Provider provider(long address) {
    scratch.set(0, 0);
    scratch.set(1, 0);
    int found = (int) Calls.critical(dladdr, address, scratch.results(), 0);
    // Dl_info: dli_fname, dli_fbase, dli_sname, dli_saddr (dladdr(3))
    if (found == 0) {
      return new Provider(0, "");
    }
    if (last.base()
        != scratch.get(1)) { // mostly the same object as last time: its name is read once
      last = new Provider(scratch.get(1), Memory.string(scratch.get(0)));
    }
    return last;
  }

  @Override
  public long call(long function, long a, long b, long c) {
    return Calls.critical(MemorySegment.ofAddress(function), a, b, c);
  }
}
