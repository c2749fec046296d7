/** A {@link io.netty.buffer.ByteBufAllocator} over the process heap. */
package org.onemalloc.netty;
