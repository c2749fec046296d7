/**
 * Runs link steps: adds the binding of the seam to an artifact while it is made, and the allocator
 * to an executable.
 */
package org.onemalloc.link.step;
