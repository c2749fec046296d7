/** Reads this process from /proc/self: its mappings, what of them is resident, its memory. */
package org.onemalloc.probe.process;
