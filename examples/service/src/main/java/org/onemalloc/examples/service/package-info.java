/**
 * A service as people run them on the JVM, small enough to be run many times: requests on many
 * threads, zlib and zstd behind them, and a cache of native memory that outlives each phase of the
 * load.
 */
package org.onemalloc.examples.service;
