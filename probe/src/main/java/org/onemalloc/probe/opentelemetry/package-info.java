/** The native memory of this virtual machine as OpenTelemetry's metrics. */
package org.onemalloc.probe.opentelemetry;
