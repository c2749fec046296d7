package org.onemalloc.inspect.result;

import java.util.Optional;

/**
 * One reference to a function of the malloc family or to an extended call.
 *
 * @param symbol the function's name as the file has it
 * @param version the symbol version asked for, as {@code GLIBC_2.2.5}
 * @param weak whether it may stay unresolved
 * @param provider the module that it binds to, or is predicted to; empty where nothing defines it
 * @param pending whether it is a lazy call of a live process that was never made: it will be bound
 *     at the first one
 */
public record Call(
    String symbol,
    Optional<String> version,
    boolean weak,
    Optional<String> provider,
    boolean pending) {

  /**
   * A call that is not pending.
   *
   * @param symbol the function's name
   * @param version the symbol version asked for
   * @param weak whether it may stay unresolved
   * @param provider the module that it binds to
   */
  public Call(String symbol, Optional<String> version, boolean weak, Optional<String> provider) {
    this(symbol, version, weak, provider, false);
  }
}
