package org.onemalloc.internal.checked;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.onemalloc.Heap;
import org.onemalloc.internal.system.Memory;

class RegistryTest {
  private final Registry registry = new Registry();

  private static Block block(long address, long size) {
    return new Block(address, size, 64, 40, 104, 7, 9, Sites.NONE, 0);
  }

  @Test
  void knowsWhatWasAddedAndNotRemoved() {
    Map<Long, Block> model = new HashMap<>();
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 300_000; i++) {
      long address = 16L * (1 + random.nextInt(1 << random.nextInt(4, 16)));
      Block known = model.get(address);
      assertEquals(known, registry.find(address));
      if (known == null || random.nextInt(8) == 0) {
        Block block = block(address, 1 + random.nextInt(1000));
        assertEquals(known != null, registry.add(block));
        model.put(address, block);
      } else if (random.nextBoolean()) {
        Block freed = known.freedAt(3, 4, Block.BROKEN);
        assertTrue(registry.replace(known, freed, () -> {}));
        assertFalse(!known.equals(freed) && registry.replace(known, freed, () -> {}));
        model.put(address, freed);
      } else {
        assertTrue(registry.remove(known));
        assertFalse(registry.remove(known));
        model.remove(address);
      }
    }
    int[] count = {0};
    registry.forEach(
        block -> {
          assertEquals(model.get(block.address()), block);
          count[0]++;
        });
    assertEquals(model.size(), count[0]);
  }

  @Test
  void findsTheBlockAroundAnAddress() {
    Block block = block(1 << 20, 100);
    registry.add(block);
    assertEquals(block, registry.around((1 << 20) + 139));
    assertNull(registry.around((1 << 20) + 140));
    assertNull(registry.around((1 << 20) - 1));
  }

  @Test
  void quarantineGivesTheOldestFirstAndOnlyWhatIsTooMuch() {
    Quarantine quarantine = new Quarantine(1400);
    for (int i = 1; i <= 3000; i++) {
      quarantine.add(block(i, 100));
    }
    for (int i = 1; i <= 2990; i++) {
      assertEquals(i, quarantine.take(false));
      quarantine.left(block(i, 100));
    }
    assertEquals(0, quarantine.take(false));
    assertEquals(2991, quarantine.take(true));
  }

  @Test
  void patternsSayWhatWasWritten() {
    for (long size : new long[] {1, 7, 8, 9, 100, 3 << 20}) {
      long block = Heap.allocate(size, 16);
      Patterns.fill(block, size, Patterns.FREED);
      assertEquals(-1, Patterns.damage(block, size, Patterns.FREED));
      Memory.ALL.set(java.lang.foreign.ValueLayout.JAVA_BYTE, block + size - 1, (byte) 0);
      assertEquals(size - 1, Patterns.damage(block, size, Patterns.FREED));
      assertEquals(size - 1, Patterns.last(block, size, Patterns.FREED));
      Heap.deallocate(block, size, 16);
    }
  }
}
