package org.onemalloc.allocators;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemAllocatorTest {
  @TempDir Path directory;

  /** glibc 2.43 has these two, and both are its free: the seam does not call them either. */
  @Test
  void freeSizedOfGlibcIsNoSizedFree() throws Exception {
    Path libc =
        Shell.compile(
            directory,
            "libc.so.6",
            """
            const char banner[] = "GNU C Library (Debian GLIBC 2.43-1) stable release version 2.43.";
            void malloc_info(void) {}
            void free_sized(void *p, unsigned long n) {}
            void free_aligned_sized(void *p, unsigned long a, unsigned long n) {}
            """,
            "-shared",
            "-fPIC",
            "-nostdlib");
    Description description = SystemAllocator.describe(libc);
    assertEquals("glibc 2.43", description.version());
    assertEquals(Set.of(Feature.STATISTICS), description.features());
  }
}
