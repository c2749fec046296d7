package org.onemalloc.internal.system;

/** A scope of the loader in which functions are found. Tests use recorded lookups. */
public interface Symbols {
  /** The object that defines an address. Two providers are the same if their bases are. */
  record Provider(long base, String file) {
    public boolean same(Provider other) {
      return base != 0 && base == other.base;
    }
  }

  /** Returns the address that a name resolves to, or 0. */
  long find(String name);

  /** Returns the address that Java's default lookup finds for a name, or 0. */
  long findInJavaLookup(String name);

  /** Returns the object that defines the address, with base 0 if it is not known. */
  Provider provider(long address);

  /** Calls a function found here, for probes and versions. */
  long call(long function, long a, long b, long c);
}
