package org.onemalloc;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The real libraries take the pointers, and then allocate in the process heap. */
@SuppressWarnings("restricted")
class CFunctionsTest {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final CFunctions C = CFunctions.ofProcessHeap();

  private static SymbolLookup library(String name) {
    try {
      return SymbolLookup.libraryLookup(name, Arena.global());
    } catch (IllegalArgumentException e) {
      Assumptions.assumeTrue(false, name + " is not installed");
      throw e;
    }
  }

  private static MethodHandle call(
      SymbolLookup library, String name, FunctionDescriptor shape, Linker.Option... options) {
    return LINKER.downcallHandle(library.find(name).orElseThrow(), shape, options);
  }

  @Test
  void theSixPointersAllocateAndFreeInTheProcessHeap() throws Throwable {
    MethodHandle malloc =
        LINKER.downcallHandle(C.malloc(), FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
    MethodHandle calloc =
        LINKER.downcallHandle(C.calloc(), FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG));
    MethodHandle realloc =
        LINKER.downcallHandle(C.realloc(), FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG));
    MethodHandle aligned =
        LINKER.downcallHandle(
            C.alignedAlloc(), FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG));
    MethodHandle free = LINKER.downcallHandle(C.free(), FunctionDescriptor.ofVoid(JAVA_LONG));
    MethodHandle alignedFree =
        LINKER.downcallHandle(C.alignedFree(), FunctionDescriptor.ofVoid(JAVA_LONG));
    Heap.deallocate((long) malloc.invokeExact(100L), 100, 1);
    long zeros = (long) calloc.invokeExact(10L, 10L);
    assertEquals(0, MemorySegment.ofAddress(zeros).reinterpret(100).get(JAVA_LONG, 92 & -8));
    Heap.deallocate((long) realloc.invokeExact(zeros, 5000L), 5000, 1);
    long block = (long) aligned.invokeExact(4096L, 8192L);
    assertEquals(0, block % 4096);
    alignedFree.invokeExact(block);
    free.invokeExact(Heap.allocate(100, 16));
  }

  @Test
  void sqliteAllocatesInTheProcessHeap() throws Throwable {
    SymbolLookup sqlite = library("libsqlite3.so.0");
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle config =
          call(
              sqlite,
              "sqlite3_config",
              FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS),
              Linker.Option.firstVariadicArg(1));
      assertEquals(0, (int) config.invokeExact(4, C.sqliteMemMethods(arena))); // ..._CONFIG_MALLOC
      MemorySegment connection = arena.allocate(ADDRESS);
      MethodHandle open =
          call(sqlite, "sqlite3_open", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
      assertEquals(0, (int) open.invokeExact(arena.allocateFrom(":memory:"), connection));
      MemorySegment database = connection.get(ADDRESS, 0);
      MethodHandle exec =
          call(
              sqlite,
              "sqlite3_exec",
              FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
      String sql =
          """
          CREATE TABLE t(a, b);
          WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
          INSERT INTO t SELECT i, hex(zeroblob(i % 100)) FROM n;
          CREATE INDEX x ON t(b);
          DROP TABLE t;
          """;
      MemorySegment none = MemorySegment.NULL;
      assertEquals(0, (int) exec.invokeExact(database, arena.allocateFrom(sql), none, none, none));
      MethodHandle malloc =
          call(sqlite, "sqlite3_malloc64", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
      long block = (long) malloc.invokeExact(100L);
      MethodHandle size =
          call(sqlite, "sqlite3_msize", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
      // its own methods keep the size before the block: then this would be no block of the heap
      Heap.deallocate(block, Math.max(100, (long) size.invokeExact(block)), 1);
      MethodHandle close = call(sqlite, "sqlite3_close", FunctionDescriptor.of(JAVA_INT, ADDRESS));
      assertEquals(0, (int) close.invokeExact(database));
    }
  }

  @Test
  void zstdAllocatesInTheProcessHeap() throws Throwable {
    SymbolLookup zstd = library("libzstd.so.1");
    GroupLayout custom = MemoryLayout.structLayout(ADDRESS, ADDRESS, ADDRESS);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pointers = C.zstdCustomMem(arena);
      MethodHandle create =
          call(zstd, "ZSTD_createCCtx_advanced", FunctionDescriptor.of(ADDRESS, custom));
      MemorySegment context = (MemorySegment) create.invokeExact(pointers);
      assertNotEquals(0, context.address());
      MethodHandle compress =
          call(
              zstd,
              "ZSTD_compressCCtx",
              FunctionDescriptor.of(
                  JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT));
      byte[] text = "one heap per process ".repeat(5000).getBytes(StandardCharsets.UTF_8);
      MemorySegment source = arena.allocate(text.length).copyFrom(MemorySegment.ofArray(text));
      MemorySegment target = arena.allocate(text.length);
      long size =
          (long)
              compress.invokeExact(
                  context, target, (long) text.length, source, (long) text.length, 19);
      MethodHandle decompress =
          call(
              zstd,
              "ZSTD_decompress",
              FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG));
      MemorySegment back = arena.allocate(text.length);
      assertEquals(
          text.length, (long) decompress.invokeExact(back, (long) text.length, target, size));
      assertArrayEquals(text, back.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
      MethodHandle free = call(zstd, "ZSTD_freeCCtx", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
      assertEquals(0L, (long) free.invokeExact(context));
    }
  }

  @Test
  void libxml2AllocatesInTheProcessHeap() throws Throwable {
    SymbolLookup xml = library("libxml2.so.2");
    MethodHandle setup =
        call(
            xml,
            "xmlMemSetup",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    assertEquals(0, (int) setup.invokeExact(C.free(), C.malloc(), C.realloc(), C.strdup()));
    try (Arena arena = Arena.ofConfined()) {
      String document = "<a>" + "<b c='d'>text</b>".repeat(1000) + "</a>";
      MemorySegment text = arena.allocateFrom(document);
      MethodHandle parse =
          call(xml, "xmlParseMemory", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
      MemorySegment parsed = (MemorySegment) parse.invokeExact(text, document.length());
      MemorySegment buffer = arena.allocate(ADDRESS);
      MemorySegment length = arena.allocate(JAVA_INT);
      MethodHandle dump =
          call(xml, "xmlDocDumpMemory", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS));
      dump.invokeExact(parsed, buffer, length);
      int size = length.get(JAVA_INT, 0);
      assertTrue(size > document.length() / 2);
      Heap.deallocate(buffer.get(ADDRESS, 0).address(), size + 1L, 1);
      call(xml, "xmlFreeDoc", FunctionDescriptor.ofVoid(ADDRESS)).invokeExact(parsed);
    }
  }

  @Test
  void gmpAllocatesInTheProcessHeap() throws Throwable {
    SymbolLookup gmp = library("libgmp.so.10");
    MethodHandle setup =
        call(
            gmp,
            "__gmp_set_memory_functions",
            FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS));
    setup.invokeExact(C.malloc(), C.gmpReallocate(), C.free());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(16, 8); // __mpz_struct: two ints and a pointer
      FunctionDescriptor one = FunctionDescriptor.ofVoid(ADDRESS);
      call(gmp, "__gmpz_init", one).invokeExact(number);
      MethodHandle factorial =
          call(gmp, "__gmpz_fac_ui", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG));
      for (long n = 1; n <= 3000; n *= 3) {
        factorial.invokeExact(number, n);
      }
      MethodHandle text =
          call(gmp, "__gmpz_get_str", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT, ADDRESS));
      MemorySegment digits = (MemorySegment) text.invokeExact(MemorySegment.NULL, 10, number);
      String value = digits.reinterpret(100_000).getString(0);
      java.math.BigInteger expected = java.math.BigInteger.ONE;
      for (int n = 2; n <= 2187; n++) {
        expected = expected.multiply(java.math.BigInteger.valueOf(n));
      }
      assertEquals(expected.toString(), value);
      Heap.deallocate(digits.address(), value.length() + 1L, 1);
      call(gmp, "__gmpz_clear", one).invokeExact(number);
    }
  }

  @Test
  void libuvAllocatesInTheProcessHeap() throws Throwable {
    SymbolLookup uv = library("libuv.so.1");
    MethodHandle replace =
        call(
            uv,
            "uv_replace_allocator",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    assertEquals(0, (int) replace.invokeExact(C.malloc(), C.realloc(), C.calloc(), C.free()));
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle size = call(uv, "uv_loop_size", FunctionDescriptor.of(JAVA_LONG));
      MemorySegment loop = arena.allocate((long) size.invokeExact(), 16);
      FunctionDescriptor one = FunctionDescriptor.of(JAVA_INT, ADDRESS);
      assertEquals(0, (int) call(uv, "uv_loop_init", one).invokeExact(loop));
      MethodHandle run = call(uv, "uv_run", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
      assertEquals(0, (int) run.invokeExact(loop, 0));
      assertEquals(0, (int) call(uv, "uv_loop_close", one).invokeExact(loop));
    }
  }
}
