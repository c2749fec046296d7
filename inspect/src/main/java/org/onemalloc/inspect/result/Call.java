package org.onemalloc.inspect.result;

import java.util.Optional;

/**
 * One reference to a function of the malloc family or to an extended call.
 *
 * @param symbol the function's name as the file has it
 * @param version the symbol version asked for, as {@code GLIBC_2.2.5}
 * @param weak whether it may stay unresolved
 * @param provider the module that it binds to, or is predicted to; empty where nothing defines it
 */
public record Call(
    String symbol, Optional<String> version, boolean weak, Optional<String> provider) {}
