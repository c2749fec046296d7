/**
 * Where the native memory of this virtual machine is, and which allocator serves it, seen from
 * inside. Needs Linux, and Java 17 or newer; asks nothing of the command line.
 *
 * <ul>
 *   <li>{@link org.onemalloc.probe.NativeMemory#look} returns the figures.
 *   <li>{@link org.onemalloc.probe.AllocatorProof#ofThisProcess} returns the allocator and its
 *       proof.
 *   <li>The jar is also an agent, {@code -javaagent:onemalloc-probe.jar=port=9400,expect=jemalloc}:
 *       docs/metrics.md lists its options.
 * </ul>
 */
package org.onemalloc.probe;
