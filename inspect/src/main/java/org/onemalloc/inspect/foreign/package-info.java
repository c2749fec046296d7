/** Files for other systems, Mach-O and PE, described without their loader. */
package org.onemalloc.inspect.foreign;
