package org.onemalloc.internal.system;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import org.onemalloc.HeapError;

/**
 * The loader of Windows. Not run on Windows: its decisions are tested with recorded lookups only.
 *
 * <p>There is no global scope: a name belongs to a module. The process heap is that of the UCRT
 * (ucrtbase.dll), which java.exe, the JVM and every library built with a Visual Studio of 2015 or
 * later with {@code /MD} share. A DLL built with {@code /MT}, or with another runtime, has a malloc
 * of its own: it must free its own blocks, and blocks of the heap must not be passed to its free.
 */
public final class WindowsSymbols implements Symbols {
  /** GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS and ..._UNCHANGED_REFCOUNT (libloaderapi.h). */
  private static final int FROM_ADDRESS = 4 | 2;

  private static final int PATH_MAX = 2048;

  private final Scratch scratch = new Scratch();
  private final MemorySegment getProcAddress;
  private final MemorySegment getModuleHandleEx;
  private final MemorySegment getModuleFileName;
  private final long module;

  private WindowsSymbols(String opener, String file) {
    SymbolLookup kernel = kernel();
    getProcAddress = kernel.findOrThrow("GetProcAddress");
    getModuleHandleEx = kernel.findOrThrow("GetModuleHandleExA");
    getModuleFileName = kernel.findOrThrow("GetModuleFileNameA");
    module = Calls.normal(kernel.findOrThrow(opener), scratch.string(file), 0, 0);
    if (module == 0) {
      throw new HeapError(
          "The library " + file + " cannot be loaded: name an existing one for this processor.");
    }
  }

  @SuppressWarnings("restricted")
  private static SymbolLookup kernel() {
    try {
      return SymbolLookup.libraryLookup("kernel32.dll", Arena.global());
    } catch (IllegalCallerException e) {
      throw NativeAccess.missing(e);
    }
  }

  public static WindowsSymbols ucrt() {
    return new WindowsSymbols("GetModuleHandleA", "ucrtbase.dll");
  }

  public static WindowsSymbols load(String file) {
    return new WindowsSymbols("LoadLibraryA", file);
  }

  @Override
  public long find(String name) {
    return Calls.critical(getProcAddress, module, scratch.string(name), 0);
  }

  @Override
  public long findInJavaLookup(String name) {
    return find(name);
  }

  @Override
  public Provider provider(long address) {
    int found = (int) Calls.critical(getModuleHandleEx, FROM_ADDRESS, address, scratch.results());
    if (found == 0) {
      return new Provider(0, "");
    }
    long base = scratch.get(0);
    long text = scratch.string("");
    Calls.critical(getModuleFileName, base, text, PATH_MAX);
    return new Provider(base, Memory.string(text));
  }

  @Override
  public long call(long function, long a, long b, long c) {
    return Calls.critical(MemorySegment.ofAddress(function), a, b, c);
  }
}
