package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What arenas do with their memory, whatever allocator it comes from. */
class ArenaContract {
  private static final long LEAK = 128 << 20;

  @Test
  void keepsWhatIsInItsSegments() {
    ArenaModel.run(HeapArena::ofConfined, 20, 11);
    ArenaModel.run(HeapArena::ofShared, 20, 12);
  }

  @Test
  void givesEverythingBack() throws Exception {
    Assumptions.assumeTrue(
        Files.exists(Path.of("/proc/self/statm")),
        "leaks are not looked for: /proc is not mounted");
    leave(100);
    long before = resident();
    leave(2000);
    long more = resident() - before;
    assertTrue(more < LEAK, more + " bytes stay of " + 2000L * 700_000);
  }

  private static void leave(int arenas) {
    for (int i = 0; i < arenas; i++) {
      try (Arena arena = HeapArena.ofConfined()) {
        for (int j = 0; j < 100; j++) {
          arena.allocate(900 + j);
        }
        arena.allocate(100_000);
        arena.allocate(500_000, 4096);
        assertThrows(OutOfMemoryError.class, () -> arena.allocate(1L << 60));
        assertThrows(IllegalArgumentException.class, () -> arena.allocate(-1));
        arena.allocate(10_000);
      }
    }
  }

  private static long resident() throws Exception {
    return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ", 3)[1]) * 4096;
  }
}
