/**
 * The accounts of tags and their limits: what lives under a name, who has counted it, and what may
 * live.
 *
 * <p>May import: {@code internal.system}, {@code internal.listen} and the contract. Start with
 * {@code Account}, then {@code Ledgers}.
 */
package org.onemalloc.internal.account;
