/** The process heap as LWJGL's {@link org.lwjgl.system.MemoryUtil.MemoryAllocator}. */
package org.onemalloc.lwjgl;
