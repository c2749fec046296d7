package org.onemalloc;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An arena of ours does what the JDK's does, whatever is asked of it. */
@SuppressWarnings({"MustBeClosedChecker", "ImmutableEnumChecker"})
class HeapArenaTest {
  enum Kind {
    CONFINED(Arena::ofConfined, HeapArena::ofConfined),
    SHARED(Arena::ofShared, HeapArena::ofShared);

    final Supplier<Arena> jdk;
    final Supplier<Arena> heap;

    Kind(Supplier<Arena> jdk, Supplier<Arena> heap) {
      this.jdk = jdk;
      this.heap = heap;
    }
  }

  private static String elsewhere(Supplier<String> body) {
    String[] result = new String[1];
    Thread thread = Thread.ofPlatform().start(() -> result[0] = body.get());
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return result[0] == null ? "" : result[0].replaceAll("Thread\\[#\\d+,[^]]*]", "a thread");
  }

  private static void same(String name, String expected, String actual) {
    assertEquals(expected, actual, name);
  }

  @ParameterizedTest
  @EnumSource
  void doesWhatTheJdkDoes(Kind kind) {
    try (Arena jdk = kind.jdk.get();
        Arena heap = kind.heap.get()) {
      ArenaActions.ALL.forEach(
          (name, action) ->
              same(name, ArenaActions.outcome(action, jdk), ArenaActions.outcome(action, heap)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void failsAfterCloseAsTheJdkDoes(Kind kind) {
    Arena jdk = kind.jdk.get();
    Arena heap = kind.heap.get();
    heap.allocate(100);
    jdk.close();
    heap.close();
    ArenaActions.ALL.forEach(
        (name, action) ->
            same(name, ArenaActions.outcome(action, jdk), ArenaActions.outcome(action, heap)));
    same("close", closing(jdk), closing(heap));
  }

  @ParameterizedTest
  @EnumSource
  void doesOnAnotherThreadWhatTheJdkDoes(Kind kind) {
    try (Arena jdk = kind.jdk.get();
        Arena heap = kind.heap.get()) {
      heap.allocate(100);
      ArenaActions.ALL.forEach(
          (name, action) ->
              same(
                  name,
                  elsewhere(() -> ArenaActions.outcome(action, jdk)),
                  elsewhere(() -> ArenaActions.outcome(action, heap))));
    }
  }

  @ParameterizedTest
  @EnumSource
  void closesOnAnotherThreadAsTheJdkDoes(Kind kind) {
    Arena jdk = kind.jdk.get();
    Arena heap = kind.heap.get();
    same("close", elsewhere(() -> closing(jdk)), elsewhere(() -> closing(heap)));
    same("close again", closing(jdk), closing(heap));
  }

  private static String closing(Arena arena) {
    return ArenaActions.outcome(
        a -> {
          a.close();
          return a.scope().isAlive();
        },
        arena);
  }

  @ParameterizedTest
  @EnumSource
  void segmentsDieWithTheArena(Kind kind) {
    for (int size : new int[] {1, 64, 5000, 1 << 20}) {
      Arena jdk = kind.jdk.get();
      Arena heap = kind.heap.get();
      MemorySegment theirs = jdk.allocate(size);
      MemorySegment ours = heap.allocate(size);
      same(
          "elsewhere " + size,
          elsewhere(() -> ArenaActions.outcome(a -> theirs.get(JAVA_BYTE, 0), jdk)),
          elsewhere(() -> ArenaActions.outcome(a -> ours.get(JAVA_BYTE, 0), heap)));
      jdk.close();
      heap.close();
      same(
          "after close " + size,
          ArenaActions.outcome(a -> theirs.get(JAVA_BYTE, 0), jdk),
          ArenaActions.outcome(a -> ours.get(JAVA_BYTE, 0), heap));
      assertFalse(ours.scope().isAlive());
    }
  }

  @ParameterizedTest
  @EnumSource
  void cannotBeClosedWhileACallUsesIt(Kind kind) throws Throwable {
    String theirs = closedWithin(kind.jdk.get());
    assertTrue(theirs.startsWith("java.lang.IllegalStateException"), theirs);
    assertEquals(theirs, closedWithin(kind.heap.get()));
  }

  @SuppressWarnings("restricted")
  private static String closedWithin(Arena arena) throws Throwable {
    MemorySegment array = arena.allocateFrom(JAVA_INT, 3, 1, 2);
    String[] said = new String[1];
    Linker linker = Linker.nativeLinker();
    MethodHandle compare =
        MethodHandles.lookup()
            .findStatic(
                HeapArenaTest.class,
                "compare",
                MethodType.methodType(
                    int.class,
                    Arena.class,
                    String[].class,
                    MemorySegment.class,
                    MemorySegment.class));
    FunctionDescriptor shape =
        FunctionDescriptor.of(JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
    try (Arena stub = Arena.ofConfined()) {
      MemorySegment callback =
          linker.upcallStub(MethodHandles.insertArguments(compare, 0, arena, said), shape, stub);
      linker
          .downcallHandle(
              linker.defaultLookup().findOrThrow("qsort"),
              FunctionDescriptor.ofVoid(
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.ADDRESS))
          .invoke(array, 3L, 4L, callback);
    }
    assertEquals(3, array.byteSize() / 4);
    arena.close();
    return said[0];
  }

  @SuppressWarnings("unused")
  private static int compare(Arena arena, String[] said, MemorySegment a, MemorySegment b) {
    said[0] = closing(arena);
    return Long.compare(a.address(), b.address());
  }

  @Nested
  class Blocks extends ArenaContract {}

  @Test
  void doesNotZeroWhenToldNotTo() {
    try (Arena arena = HeapArena.ofConfined()) {
      arena.allocate(4000).fill((byte) 7);
    }
    try (Arena arena = HeapArena.ofConfined().uninitialized()) {
      assertEquals(7, arena.allocate(4000).get(JAVA_BYTE, 3999));
    }
    try (Arena arena = HeapArena.ofConfined()) {
      assertEquals(0, arena.allocate(4000).get(JAVA_BYTE, 3999));
    }
  }

  @Test
  void arenasWithinOneAnotherShareNothing() {
    for (int i = 0; i < 3; i++) {
      try (Arena outer = HeapArena.ofConfined()) {
        MemorySegment kept = outer.allocate(64).fill((byte) 1);
        try (Arena inner = HeapArena.ofConfined()) {
          inner.allocate(64).fill((byte) 2);
        }
        try (Arena inner = HeapArena.ofConfined()) {
          assertEquals(-1, inner.allocate(64).mismatch(MemorySegment.ofArray(new byte[64])));
        }
        assertEquals(1, kept.get(JAVA_BYTE, 63));
      }
    }
  }

  @Test
  void cutsSlicesAndPrefixes() {
    try (HeapArena arena = HeapArena.ofConfined()) {
      SegmentAllocator slicing = arena.slicing(100);
      long first = slicing.allocate(40).address();
      assertEquals(first + 40, slicing.allocate(40, 8).address());
      assertThrows(IndexOutOfBoundsException.class, () -> slicing.allocate(40));
      SegmentAllocator prefixing = arena.prefixing(100);
      assertEquals(prefixing.allocate(90).address(), prefixing.allocate(100).address());
      assertThrows(IndexOutOfBoundsException.class, () -> prefixing.allocate(101));
      assertNotEquals(first, prefixing.allocate(1).address());
      assertThrows(IllegalArgumentException.class, () -> arena.slicing(-1));
    }
    HeapArena closed = HeapArena.ofConfined();
    closed.close();
    assertThrows(IllegalStateException.class, () -> closed.slicing(8));
    assertThrows(IllegalStateException.class, () -> closed.prefixing(8));
  }

  @Test
  void aSharedArenaServesManyThreadsUntilOneClosesIt() throws Exception {
    for (int round = 0; round < 20; round++) {
      Arena arena = HeapArena.ofShared();
      List<Thread> threads = new ArrayList<>();
      List<Throwable> unexpected = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        int value = t;
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        fillUntilClosed(arena, value);
                      } catch (Throwable e) {
                        synchronized (unexpected) {
                          unexpected.add(e);
                        }
                      }
                    }));
      }
      Thread.sleep(2);
      arena.close();
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(List.of(), unexpected);
    }
  }

  private static void fillUntilClosed(Arena arena, int value) {
    List<MemorySegment> mine = new ArrayList<>();
    try {
      while (true) {
        MemorySegment segment = arena.allocate(100 + value);
        assertEquals(-1, segment.mismatch(segment.asSlice(0)));
        segment.fill((byte) value);
        mine.add(segment);
        assertEquals(value, mine.get(mine.size() / 2).get(JAVA_BYTE, 50));
      }
    } catch (IllegalStateException e) {
      assertEquals("Already closed", e.getMessage());
    }
  }

  @Test
  void worksOnVirtualThreads() throws Exception {
    Thread.ofVirtual().start(() -> ArenaModel.run(HeapArena::ofConfined, 40, 13)).join();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      int seed = i;
      threads.add(Thread.ofVirtual().start(() -> ArenaModel.run(HeapArena::ofConfined, 1, seed)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** A block that no allocator has, asked for at every state of the block in use. */
  @Test
  void staysWholeWhereThereIsNoMemory() {
    for (int before = 0; before < 300; before++) {
      try (HeapArena arena = HeapArena.ofConfined()) {
        MemorySegment all = before == 0 ? MemorySegment.NULL : arena.allocate(8);
        for (int i = 1; i < before; i++) {
          arena.allocate(24).fill((byte) 5);
        }
        assertThrows(OutOfMemoryError.class, () -> arena.allocate(1L << 61, 16));
        assertThrows(OutOfMemoryError.class, () -> arena.allocate(64, 1L << 61));
        assertThrows(OutOfMemoryError.class, () -> arena.allocate(Long.MAX_VALUE / 2, 1L << 62));
        MemorySegment after = arena.allocate(40);
        assertEquals(-1, after.mismatch(MemorySegment.ofArray(new byte[40])));
        after.fill((byte) 6);
        assertEquals(-1, all.mismatch(MemorySegment.ofArray(new byte[(int) all.byteSize()])));
        assertEquals(-1, arena.allocate(3000).mismatch(MemorySegment.ofArray(new byte[3000])));
      }
    }
  }
}
