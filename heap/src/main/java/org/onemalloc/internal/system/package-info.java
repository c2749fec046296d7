/**
 * The operating system and the C library: raw memory, calls of C by address, pages and mappings,
 * the dynamic loader; and the small tools that every layer needs (checks of arguments, system
 * properties, daemon threads, a budget of bytes).
 *
 * <p>May import the contract of {@code org.onemalloc}, of which it uses the exceptions. Start with
 * {@code Memory} and {@code Calls}.
 */
package org.onemalloc.internal.system;
