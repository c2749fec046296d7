/**
 * Starting, replacing, awaiting, measuring and ending processes on Linux.
 *
 * <p>This package is independent of allocators and comparisons. {@link Posix} and {@link
 * ProgramStart} call functions that Java lacks; most other classes read /proc.
 */
package org.onemalloc.compare.process;
