/**
 * Well-known libraries with native parts, each put through a fixed amount of work in marked phases,
 * so that {@code onemalloc compare} can run them under one allocator after another.
 */
package org.onemalloc.examples.workloads;
