package org.onemalloc;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

class SharedArenasTest {
  @Test
  void endsAScopeWhenAllItsArenasAreClosed() {
    SharedArenas source = new SharedArenas(3, 1 << 20);
    Arena a = source.open();
    Arena b = source.open();
    Arena c = source.open();
    Arena other = source.open();
    assertEquals(a.scope(), c.scope());
    assertNotEquals(a.scope(), other.scope());
    MemorySegment segment = a.allocateFrom(JAVA_INT, 7);
    a.close();
    b.close();
    assertEquals(7, segment.get(JAVA_INT, 0));
    c.close();
    assertFalse(segment.scope().isAlive());
    assertThrows(IllegalStateException.class, () -> segment.get(JAVA_INT, 0));
    assertTrue(other.scope().isAlive());
    source.close();
    assertTrue(other.scope().isAlive());
    other.close();
    assertFalse(other.scope().isAlive());
  }

  @Test
  void beginsAScopeAfterSoManyBytes() {
    try (SharedArenas source = new SharedArenas(1000, 10_000)) {
      Arena a = source.open();
      a.allocate(9_999);
      Arena b = source.open();
      assertEquals(a.scope(), b.scope());
      b.allocate(1);
      assertNotEquals(a.scope(), source.open().scope());
    }
  }

  @Test
  void aClosedArenaRefusesAtOnce() {
    SharedArenas source = new SharedArenas(10, 1 << 20);
    Arena a = source.open();
    a.close();
    assertThrows(IllegalStateException.class, () -> a.allocate(8));
    assertThrows(IllegalStateException.class, () -> a.allocateFrom("x"));
    assertThrows(IllegalStateException.class, a::close);
    source.close();
    assertThrows(IllegalStateException.class, source::open);
  }

  @Test
  void refusesGenerationsOfNothing() {
    assertThrows(IllegalArgumentException.class, () -> new SharedArenas(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new SharedArenas(1, 0));
  }

  @Test
  void endsEveryScopeWhenUsedByManyThreads() throws Exception {
    ConcurrentLinkedQueue<MemorySegment.Scope> scopes = new ConcurrentLinkedQueue<>();
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    try (SharedArenas source = new SharedArenas(16, 1 << 20)) {
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        int value = t;
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      for (int i = 0; i < 500; i++) {
                        try (Arena arena = source.open()) {
                          MemorySegment s = arena.allocate(100L * (value + 1)).fill((byte) value);
                          scopes.add(s.scope());
                        } catch (Throwable e) {
                          failures.add(e);
                        }
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
    assertEquals(List.of(), List.copyOf(failures));
    assertEquals(2000, scopes.size());
    scopes.forEach(scope -> assertFalse(scope.isAlive()));
  }
}
