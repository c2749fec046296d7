package org.onemalloc.inspect.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class GlibcMappingsTest {
  private static final int PLACE = 0x1c0;

  /** What a JVM of glibc 2.43 had that had grown large blocks by realloc. */
  @Test
  void theSumNeedNotBeWholePages() {
    assertEquals(OptionalLong.of(14_905_472L), bytes(parameters(22, 23, 14_905_472L)));
    assertEquals(OptionalLong.of(16L), bytes(parameters(0, 1, 16L)));
    assertEquals(OptionalLong.of(0L), bytes(parameters(0, 0, 0L)));
  }

  @Test
  void whatDoesNotFitIsUnknown() {
    assertEquals(OptionalLong.empty(), bytes(parameters(24, 23, 14_905_472L)));
    assertEquals(OptionalLong.empty(), bytes(parameters(22, 23, 17_000_000L)));
    assertEquals(OptionalLong.empty(), bytes(parameters(22, 23, 14_905_473L)));
    assertEquals(OptionalLong.empty(), bytes(parameters(22, 23, 160L)));
    assertEquals(OptionalLong.empty(), bytes(ByteBuffer.allocate(4096)));
  }

  private static OptionalLong bytes(ByteBuffer words) {
    return GlibcMappings.bytes(List.of(new GlibcHeap.Data(0x1000, words)));
  }

  /** Returns the part of libc's data that has glibc 2.43's struct malloc_par. */
  private static ByteBuffer parameters(int mappings, int mostMappings, long bytes) {
    ByteBuffer words = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    words.position(PLACE - 8 * Long.BYTES);
    for (long word : new long[] {0x23bfe0, 0x20000, 0x11dff0, 8, 0, 3, 0, 0}) {
      words.putLong(word); // trim_threshold to hp_pagesize
    }
    words.putInt(0); // hp_flags
    words.putInt(mappings).putInt(65536).putInt(mostMappings).putInt(0);
    words.position(words.position() + Integer.BYTES);
    words.putLong(bytes).putLong(16_076_928L);
    return words.rewind();
  }
}
