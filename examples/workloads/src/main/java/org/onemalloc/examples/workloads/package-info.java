/**
 * Well-known libraries with native parts. Each program does a fixed amount of work in marked
 * phases, so that {@code onemalloc compare} can run it on one allocator after another.
 */
package org.onemalloc.examples.workloads;
