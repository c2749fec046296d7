package org.onemalloc.inspect.loader;

import org.onemalloc.objectfile.elf.ElfSymbol;

/**
 * The result of a lookup.
 *
 * @param object the object that has the symbol: the provider
 * @param symbol the symbol
 */
public record Definition(LoadedObject object, ElfSymbol symbol) {

  /**
   * Returns whether it is only a canonical PLT entry: the address that a position-dependent
   * executable uses for another object's function, which {@link Namespace#implementation} finds.
   *
   * @return true if the object does not define the function itself
   */
  public boolean isCanonicalPlt() {
    return !symbol.isDefined();
  }

  /** Returns the object's name and the symbol. */
  @Override
  public String toString() {
    return object.name() + ":" + symbol.name();
  }
}
