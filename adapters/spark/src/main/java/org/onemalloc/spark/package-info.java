/**
 * A Spark plugin whose executors prove, from inside, which allocator serves their {@code malloc}.
 * For Java 17.
 */
package org.onemalloc.spark;
