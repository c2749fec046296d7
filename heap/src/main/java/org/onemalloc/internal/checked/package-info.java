/**
 * Checked mode. Every block: {@code CheckedHeap}, and {@code ReadCheckedHeap} in front of it. A few
 * blocks: {@code Guarded}. Both report by {@code Findings}.
 *
 * <p>May import {@code internal.system}, {@code internal.listen}, {@code internal.bind} and the
 * contract. Start with {@code Checking}, which has the system properties.
 */
package org.onemalloc.internal.checked;
