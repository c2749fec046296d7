/**
 * Judges the figures of a comparison: medians, ratios with intervals, verdicts.
 *
 * <p>Everything here is a pure function of a {@link org.onemalloc.compare.Comparison}. Lower is
 * better for every figure.
 */
package org.onemalloc.compare.judge;
