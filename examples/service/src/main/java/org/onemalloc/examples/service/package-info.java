/**
 * A typical service on the JVM, small enough to be run many times: requests on many threads, which
 * use zlib and zstd, and a cache in native memory that outlives each phase of the load.
 */
package org.onemalloc.examples.service;
