/**
 * The listeners of the heap, and the thread that calls what users hand in.
 *
 * <p>May import: {@code internal.system} and the contract. Start with {@code Listeners}.
 */
package org.onemalloc.internal.listen;
