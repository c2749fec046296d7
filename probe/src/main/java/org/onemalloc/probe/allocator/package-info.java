/**
 * Which allocator serves this process, proven from its memory, and what glibc's own heap holds and
 * where.
 */
package org.onemalloc.probe.allocator;
