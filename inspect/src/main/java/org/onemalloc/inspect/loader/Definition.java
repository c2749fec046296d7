package org.onemalloc.inspect.loader;

import org.onemalloc.objectfile.elf.ElfSymbol;

/**
 * Where a lookup ended.
 *
 * @param object the object whose symbol it is: the provider
 * @param symbol the symbol
 */
public record Definition(LoadedObject object, ElfSymbol symbol) {

  /**
   * Whether it is only a canonical PLT entry: the address by which a position-dependent executable
   * knows another object's function. {@link Namespace#implementation} says which.
   *
   * @return true if the object does not define the symbol in truth
   */
  public boolean isCanonicalPlt() {
    return !symbol.isDefined();
  }

  /** The object's name and the symbol, for people. */
  @Override
  public String toString() {
    return object.name() + ":" + symbol.name();
  }
}
