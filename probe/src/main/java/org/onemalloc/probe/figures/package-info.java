/** The figures of the probe as metrics, the same for every way to publish them. */
package org.onemalloc.probe.figures;
