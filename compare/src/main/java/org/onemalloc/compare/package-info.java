/**
 * Runs one command on one allocator, or compares it on several.
 *
 * <p>Sizes are in bytes and times in nanoseconds unless stated otherwise. Null arguments throw
 * {@link NullPointerException}. Records are immutable.
 */
package org.onemalloc.compare;
