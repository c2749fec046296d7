/** A {@link org.apache.parquet.bytes.ByteBufferAllocator} over the process heap. */
package org.onemalloc.parquet;
