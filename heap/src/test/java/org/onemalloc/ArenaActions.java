package org.onemalloc;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_CHAR;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Everything that can be asked of an arena, by name, each with an answer that can be compared. */
final class ArenaActions {
  interface Action {
    Object on(Arena arena) throws Throwable;
  }

  static final Map<String, Action> ALL = all();

  private ArenaActions() {}

  static String outcome(Action action, Arena arena) {
    try {
      Object result = action.on(arena);
      return result instanceof MemorySegment s ? said(s) : String.valueOf(result);
    } catch (OutOfMemoryError e) {
      return "OutOfMemoryError";
    } catch (IllegalArgumentException e) {
      return "IllegalArgumentException";
    } catch (Throwable t) {
      return t.toString().replaceAll("0x[0-9a-f]+", "somewhere");
    }
  }

  private static String said(MemorySegment s) {
    return s.byteSize()
        + (s.isNative() ? " native " : " heap ")
        + (s.isReadOnly() ? "read-only " : "")
        + (s.scope().isAlive() ? "alive " : "dead ")
        + Arrays.toString(s.toArray(JAVA_BYTE));
  }

  private static Map<String, Action> all() {
    Map<String, Action> actions = new LinkedHashMap<>();
    for (long size : new long[] {0, 1, 7, 8, 9, 64, 100, 300, 5000, 70_000}) {
      for (long alignment : new long[] {1, 8, 16, 64, 4096}) {
        actions.put(
            "allocate " + size + " at " + alignment,
            a -> {
              MemorySegment s = a.allocate(size, alignment);
              return s.address() % alignment != 0 || s.address() == 0 ? "misaligned" : s;
            });
      }
    }
    for (long[] bad :
        new long[][] {
          {-1, 1}, {Long.MIN_VALUE, 1}, {8, 0}, {8, 3}, {8, -8}, {8, Long.MIN_VALUE}, {-1, 0}
        }) {
      actions.put("allocate " + bad[0] + " at " + bad[1], a -> a.allocate(bad[0], bad[1]));
    }
    for (long size :
        new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 7, Long.MAX_VALUE / 2, 1L << 60}) {
      actions.put("allocate " + size, a -> a.allocate(size));
    }
    actions.put("size", a -> a.allocate(24));
    actions.put("layout", a -> a.allocate(JAVA_LONG));
    actions.put("struct", a -> a.allocate(MemoryLayout.structLayout(JAVA_INT, JAVA_INT)));
    actions.put("layouts", a -> a.allocate(JAVA_INT, 5));
    actions.put("no layouts", a -> a.allocate(JAVA_INT, 0));
    actions.put("fewer than none", a -> a.allocate(JAVA_INT, -1));
    actions.put("too many", a -> a.allocate(JAVA_LONG, Long.MAX_VALUE));
    actions.put("no layout", a -> a.allocate((MemoryLayout) null));
    values(actions);
    arrays(actions);
    strings(actions);
    scopes(actions);
    return actions;
  }

  private static void values(Map<String, Action> actions) {
    actions.put("byte", a -> a.allocateFrom(JAVA_BYTE, (byte) -7));
    actions.put("char", a -> a.allocateFrom(JAVA_CHAR, 'x'));
    actions.put("short", a -> a.allocateFrom(JAVA_SHORT, (short) -300));
    actions.put("int", a -> a.allocateFrom(JAVA_INT, 123456));
    actions.put("float", a -> a.allocateFrom(JAVA_FLOAT, 1.5f));
    actions.put("long", a -> a.allocateFrom(JAVA_LONG, -5L));
    actions.put("double", a -> a.allocateFrom(JAVA_DOUBLE, -2.5));
    actions.put("swapped", a -> a.allocateFrom(JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN), 5L));
    actions.put("address", a -> a.allocateFrom(ADDRESS, MemorySegment.ofAddress(42)));
    actions.put("no address", a -> a.allocateFrom(ADDRESS, (MemorySegment) null));
    actions.put("heap address", a -> a.allocateFrom(ADDRESS, MemorySegment.ofArray(new int[1])));
    MemorySegment source = MemorySegment.ofArray(new int[] {1, 2, 3, 4});
    actions.put("copy", a -> a.allocateFrom(JAVA_INT, source, JAVA_INT, 4, 2));
    actions.put(
        "swapping copy",
        a -> a.allocateFrom(JAVA_INT, source, JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN), 0, 4));
    actions.put("copy past the end", a -> a.allocateFrom(JAVA_INT, source, JAVA_INT, 4, 4));
    actions.put("copy of other size", a -> a.allocateFrom(JAVA_LONG, source, JAVA_INT, 0, 1));
    actions.put("copy of less", a -> a.allocateFrom(JAVA_INT, source, JAVA_INT, 0, -1));
  }

  private static void arrays(Map<String, Action> actions) {
    actions.put("bytes", a -> a.allocateFrom(JAVA_BYTE, (byte) 1, (byte) 2, (byte) 3));
    actions.put("chars", a -> a.allocateFrom(JAVA_CHAR, 'a', 'b'));
    actions.put("shorts", a -> a.allocateFrom(JAVA_SHORT, (short) 1, (short) 2));
    actions.put("ints", a -> a.allocateFrom(JAVA_INT, 1, 2, 3));
    actions.put("floats", a -> a.allocateFrom(JAVA_FLOAT, 1, 2, 3));
    actions.put("longs", a -> a.allocateFrom(JAVA_LONG, 1, 2, 3));
    actions.put("doubles", a -> a.allocateFrom(JAVA_DOUBLE, 1, 2, 3));
    actions.put("many longs", a -> a.allocateFrom(JAVA_LONG, new long[3000]));
    actions.put("empty", a -> a.allocateFrom(JAVA_LONG));
    actions.put("no array", a -> a.allocateFrom(JAVA_LONG, (long[]) null));
  }

  private static void strings(Map<String, Action> actions) {
    actions.put("string", a -> a.allocateFrom("héllo wörld"));
    actions.put("empty string", a -> a.allocateFrom(""));
    actions.put("long string", a -> a.allocateFrom("x".repeat(6000)));
    actions.put("UTF-8", a -> a.allocateFrom("h€llo", UTF_8));
    actions.put("Latin 1", a -> a.allocateFrom("héllo", ISO_8859_1));
    actions.put("UTF-16", a -> a.allocateFrom("h€llo", UTF_16LE));
    actions.put("no string", a -> a.allocateFrom((String) null));
    actions.put("no charset", a -> a.allocateFrom("x", null));
  }

  @SuppressWarnings("restricted")
  private static void scopes(Map<String, Action> actions) {
    actions.put("scope", a -> a.scope().isAlive());
    actions.put("same scope", a -> a.allocate(8).scope().equals(a.scope()));
    actions.put("slice", a -> a.allocate(64).asSlice(8, 8));
    actions.put("past the end", a -> a.allocate(8).get(JAVA_LONG, 1));
    actions.put("reinterpreted", a -> a.allocate(8).reinterpret(4));
    actions.put("buffer", a -> a.allocate(8).asByteBuffer());
    actions.put("buffer's segment", a -> MemorySegment.ofBuffer(a.allocate(8).asByteBuffer()));
    actions.put("read-only", a -> a.allocate(8).asReadOnly());
    actions.put("elements", a -> a.allocate(JAVA_INT, 3).elements(JAVA_INT).count());
  }
}
