/** The native memory of this virtual machine as Micrometer's meters. */
package org.onemalloc.probe.micrometer;
