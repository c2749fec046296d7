/** Files for other systems than this one, Mach-O and PE, described without their loader. */
package org.onemalloc.inspect.foreign;
