/**
 * From a choice to an allocator: the requested heap ({@code Choice}), which functions the loaded
 * objects define ({@code Finder}), which allocator that is ({@code Families}), its functions as the
 * operations of the seam ({@code Backend} and its records), its size classes, and the contract over
 * a backend ({@code DirectHeap}).
 *
 * <p>May import {@code internal.system} and the contract. Start with {@code Binder}.
 */
package org.onemalloc.internal.bind;
