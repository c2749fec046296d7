/** The metrics for Prometheus: their text, and a server that only this machine reaches. */
package org.onemalloc.probe.prometheus;
