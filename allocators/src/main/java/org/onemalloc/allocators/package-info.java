/**
 * Finds, describes, derives and tunes the allocators of a machine.
 *
 * <p>Start with {@link org.onemalloc.allocators.Allocators#ofThisMachine()}. Null arguments to any
 * method of this package throw {@link NullPointerException}. Everything is immutable and safe for
 * use by several threads unless it says otherwise. Sizes are in bytes.
 */
package org.onemalloc.allocators;
