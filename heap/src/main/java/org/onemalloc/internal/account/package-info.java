/**
 * The accounts of tags: their live bytes and blocks, the threads that count them, and their limits.
 *
 * <p>May import {@code internal.system}, {@code internal.listen} and the contract. Start with
 * {@code Account}, then {@code Ledgers}.
 */
package org.onemalloc.internal.account;
