package org.onemalloc.spark;

import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * The plugin: {@code spark.plugins=org.onemalloc.spark.OnemallocPlugin}. Each executor, and the
 * driver, proves from inside which allocator serves its {@code malloc}, looks at what it holds, and
 * shows both as gauges; the driver collects the evidence.
 *
 * <table>
 * <caption>Settings of the application</caption>
 * <tr><td>{@code spark.onemalloc.evidence}</td><td>a file on the driver's machine, with a line of
 *     JSON for each process; none if not set</td></tr>
 * <tr><td>{@code spark.onemalloc.require}</td><td>{@code system}, {@code mimalloc}, {@code
 *     jemalloc}, {@code tcmalloc}, {@code snmalloc}, or the path of a library: an executor that is
 *     not proven to run on it ends the application, with one sentence and the exit code 3</td></tr>
 * <tr><td>{@code spark.onemalloc.interval}</td><td>the time between two looks of a process, such as
 *     {@code 30s}; 10 s if not set, and 1 s at least</td></tr>
 * </table>
 *
 * <p>Nothing is thrown in an executor: Spark would start another one, again and again.
 */
public final class OnemallocPlugin implements SparkPlugin {
  /** Spark creates an instance in each process. */
  public OnemallocPlugin() {}

  @Override
  public DriverPlugin driverPlugin() {
    return new OnemallocDriver();
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new OnemallocExecutor();
  }
}
