/**
 * What this virtual machine says about its memory, through the MBean {@code
 * com.sun.management:type=DiagnosticCommand}, which answers what {@code jcmd} asks, in the process.
 */
package org.onemalloc.probe.jvm;
