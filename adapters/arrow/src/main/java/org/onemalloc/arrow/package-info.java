/** Arrow's {@code AllocationManager} over the process heap. */
package org.onemalloc.arrow;
