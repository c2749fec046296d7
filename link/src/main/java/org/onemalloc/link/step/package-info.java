/**
 * Link steps: the binding of the seam that an artifact gets while it is made, and the allocator of
 * an executable.
 */
package org.onemalloc.link.step;
