/**
 * One command on one allocator, or on several side by side.
 *
 * <p>Sizes are in bytes and times in nanoseconds unless a name says otherwise. Null arguments throw
 * {@link NullPointerException}. Records are immutable.
 */
package org.onemalloc.compare;
