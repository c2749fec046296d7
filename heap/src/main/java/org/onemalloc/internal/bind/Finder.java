package org.onemalloc.internal.bind;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.onemalloc.internal.system.Symbols;

/**
 * Finds the functions of one provider: a name that resolves to another object counts as missing,
 * and is recorded for the proof.
 */
public final class Finder {
  private final Symbols symbols;
  private final String prefix;
  private final Symbols.Provider provider;
  private final List<String> elsewhere = new ArrayList<>();

  /**
   * Finds the provider of malloc.
   *
   * @param prefix the prefix of the standard names, empty for the process heap
   */
  public Finder(Symbols symbols, String prefix) {
    this.symbols = symbols;
    this.prefix = prefix;
    long malloc = symbols.find(prefix + "malloc");
    this.provider = malloc == 0 ? new Symbols.Provider(0, "") : symbols.provider(malloc);
  }

  Symbols.Provider provider() {
    return provider;
  }

  String prefix() {
    return prefix;
  }

  Symbols symbols() {
    return symbols;
  }

  /** Names that resolved to another object, each with the object. */
  List<String> elsewhere() {
    return elsewhere;
  }

  /** Returns the provider's own function of this exact name, NULL if it has none. */
  MemorySegment exact(String name) {
    long address = symbols.find(name);
    if (address == 0) {
      return MemorySegment.NULL;
    }
    Symbols.Provider its = symbols.provider(address);
    if (!its.same(provider)) {
      elsewhere.add(name + " in " + (its.base() == 0 ? "an unknown object" : its.file()));
      return MemorySegment.NULL;
    }
    return MemorySegment.ofAddress(address);
  }

  /** Returns the first of the names that the provider has, NULL if it has none. */
  MemorySegment first(String... names) {
    for (String name : names) {
      MemorySegment function = exact(name);
      if (there(function)) {
        return function;
      }
    }
    return MemorySegment.NULL;
  }

  /**
   * Returns the provider's own function of mimalloc's interface, NULL if it has none. The mimalloc
   * that the command {@code onemalloc} puts into a process has the prefix {@code one_} before
   * mimalloc's, so that no other mimalloc there calls its functions.
   */
  MemorySegment mimalloc(String name) {
    return first("one_mi_" + name, "mi_" + name);
  }

  /** Returns the provider's own standard function, NULL if it has none. */
  MemorySegment standard(String name) {
    return exact(prefix + name);
  }

  /** Returns what the name resolves to in any object, which is what a C caller would get. */
  public MemorySegment anyone(String name) {
    return MemorySegment.ofAddress(symbols.find(prefix + name));
  }

  /** Returns the object in which Java's default lookup finds a function. */
  Symbols.Provider javaLookup(String name) {
    long address = symbols.findInJavaLookup(name);
    return address == 0 ? new Symbols.Provider(0, "") : symbols.provider(address);
  }

  static boolean there(MemorySegment... functions) {
    for (MemorySegment function : functions) {
      if (function.address() == 0) {
        return false;
      }
    }
    return true;
  }

  long call(MemorySegment function, long a, long b, long c) {
    return symbols.call(function.address(), a, b, c);
  }
}
