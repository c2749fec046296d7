/**
 * Readers and editors of object files.
 *
 * <p>Null arguments to any method of this package throw {@link NullPointerException}. Everything is
 * immutable unless it says otherwise.
 */
package org.onemalloc.objectfile;
