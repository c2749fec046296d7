/**
 * The listeners of the heap, and the thread that runs users' callbacks.
 *
 * <p>May import {@code internal.system} and the contract. Start with {@code Listeners}.
 */
package org.onemalloc.internal.listen;
