package org.onemalloc.inspect.result;

import java.util.Optional;

/**
 * One reference to a function of the malloc family or to an extended call.
 *
 * @param symbol the function's name as the file has it
 * @param version the requested symbol version, as {@code GLIBC_2.2.5}
 * @param weak whether it may stay unresolved
 * @param provider the module that it is bound to, or predicted to be bound to; empty if nothing
 *     defines it
 * @param pending whether it is a lazy call of a live process that has not been made; it will be
 *     bound at the first call
 */
public record Call(
    String symbol,
    Optional<String> version,
    boolean weak,
    Optional<String> provider,
    boolean pending) {

  /**
   * Creates a call that is not pending.
   *
   * @param symbol the function's name
   * @param version the requested symbol version
   * @param weak whether it may stay unresolved
   * @param provider the module that it binds to
   */
  public Call(String symbol, Optional<String> version, boolean weak, Optional<String> provider) {
    this(symbol, version, weak, provider, false);
  }
}
