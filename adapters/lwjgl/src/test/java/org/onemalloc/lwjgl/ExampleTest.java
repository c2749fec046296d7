package org.onemalloc.lwjgl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lwjgl.system.Configuration;
import org.lwjgl.system.MemoryUtil;
import org.onemalloc.Heap;

@Tag("slow")
class ExampleTest {
  @Test
  void runsTheExampleOfTheDocumentation() {
    // docs/adapters.md
    OnemallocMemoryAllocator allocator = new OnemallocMemoryAllocator();
    Configuration.MEMORY_ALLOCATOR.set(allocator); // before anything of LWJGL allocates
    ByteBuffer text = MemoryUtil.memUTF8("one heap");
    assertEquals("one heap", MemoryUtil.memUTF8(text, 8));
    MemoryUtil.memFree(text);

    assertSame(allocator, MemoryUtil.getAllocator());
    assertTrue(Heap.binding().sharedWithC());
  }
}
