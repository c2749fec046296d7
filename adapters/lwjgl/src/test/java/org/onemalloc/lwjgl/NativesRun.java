package org.onemalloc.lwjgl;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lwjgl.util.lmdb.LMDB.MDB_CREATE;
import static org.lwjgl.util.lmdb.LMDB.MDB_NOSUBDIR;
import static org.lwjgl.util.lmdb.LMDB.mdb_dbi_open;
import static org.lwjgl.util.lmdb.LMDB.mdb_env_create;
import static org.lwjgl.util.lmdb.LMDB.mdb_env_open;
import static org.lwjgl.util.lmdb.LMDB.mdb_get;
import static org.lwjgl.util.lmdb.LMDB.mdb_put;
import static org.lwjgl.util.lmdb.LMDB.mdb_txn_abort;
import static org.lwjgl.util.lmdb.LMDB.mdb_txn_begin;
import static org.lwjgl.util.lmdb.LMDB.mdb_txn_commit;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lwjgl.PointerBuffer;
import org.lwjgl.Version;
import org.lwjgl.stb.STBImage;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;
import org.lwjgl.system.MemoryUtil.MemoryAllocator;
import org.lwjgl.util.lmdb.MDBVal;
import org.lwjgl.util.zstd.Zstd;
import org.lwjgl.util.zstd.ZstdX;
import org.onemalloc.CFunctions;
import org.onemalloc.Heap;

/**
 * Uses LWJGL and three of its native libraries in this JVM, and prints for each what the process
 * heap saw of it.
 */
final class NativesRun {
  private static final int ENTRIES = 1000;
  private static final int SIDE = 512;
  private static final int PIXELS = 4 * SIDE * SIDE;

  private NativesRun() {}

  /** A piece of work, and a block that a native library allocated for it. */
  private interface Work {
    long run() throws Throwable;
  }

  /** Runs everything; the argument is an empty directory. */
  public static void main(String[] arguments) throws Throwable {
    System.out.println(Heap.binding().toString().lines().findFirst().orElseThrow());
    MemoryAllocator allocator = MemoryUtil.getAllocator();
    System.out.println("LWJGL " + Version.getVersion().replaceAll("[^0-9.].*", ""));
    System.out.println("allocator " + allocator.getClass().getName());
    System.out.println("tracked by " + MemoryUtil.getAllocator(true).getClass().getName());
    try (MemoryStack stack = MemoryStack.stackPush()) {
      measured("java", NativesRun::buffers);
      measured("lmdb", () -> lmdb(stack, Files.createTempFile(Path.of(arguments[0]), "db", "")));
      measured("zstd", NativesRun::zstd);
      measured("stb", () -> stb(stack));
    }
    pointers(MemoryUtil.getAllocator(true));
    System.out.println("all done");
  }

  private static void measured(String name, Work work) throws Throwable {
    work.run(); // so that loading classes and libraries, which allocates too, is done
    long before = Gauge.counts() ? Gauge.bytes() : 0;
    long block = work.run();
    if (Gauge.counts()) {
      System.out.println(name + " moved " + (Gauge.bytes() - before));
    } else {
      System.out.println(name + " in heap " + Gauge.owns(block));
    }
  }

  /** Left allocated, so that what is allocated now shows it. */
  private static long buffers() {
    ByteBuffer buffer = MemoryUtil.memAlloc(100);
    buffer.put(0, (byte) 7);
    for (int size = 101; size < 3_000_000; size *= 3) {
      buffer = MemoryUtil.memRealloc(buffer, size);
      assertEquals(7, buffer.get(0));
    }
    ByteBuffer zeros = MemoryUtil.memCalloc(5000);
    while (zeros.hasRemaining()) {
      assertEquals(0, zeros.get());
    }
    MemoryUtil.memFree(zeros.clear());
    ByteBuffer aligned = MemoryUtil.memAlignedAlloc(4096, 8192);
    assertEquals(0, MemoryUtil.memAddress(aligned) % 4096);
    MemoryUtil.memAlignedFree(aligned);
    assertThrowsOutOfMemory();
    return MemoryUtil.memAddress(buffer);
  }

  private static void assertThrowsOutOfMemory() {
    assertEquals(0, MemoryUtil.nmemAlloc(1L << 60));
    try {
      MemoryUtil.nmemAllocChecked(1L << 60);
    } catch (OutOfMemoryError e) {
      return;
    }
    throw new AssertionError("a block of 2^60 bytes was found");
  }

  /** Left open, as buffers are left allocated. */
  private static long lmdb(MemoryStack stack, Path file) {
    PointerBuffer pointer = stack.mallocPointer(1);
    done(mdb_env_create(pointer));
    long env = pointer.get(0);
    done(mdb_env_open(env, file.toString(), MDB_NOSUBDIR, 0644));
    done(mdb_txn_begin(env, 0, 0, pointer));
    long write = pointer.get(0);
    IntBuffer dbi = stack.mallocInt(1);
    done(mdb_dbi_open(write, (ByteBuffer) null, MDB_CREATE, dbi));
    MDBVal key = MDBVal.malloc(stack);
    MDBVal value = MDBVal.malloc(stack);
    ByteBuffer bytes = MemoryUtil.memAlloc(200);
    for (int i = 0; i < ENTRIES; i++) {
      bytes.putInt(0, i);
      key.mv_data(bytes.slice(0, 4));
      value.mv_data(bytes);
      done(mdb_put(write, dbi.get(0), key, value, 0));
    }
    done(mdb_txn_commit(write));
    done(mdb_txn_begin(env, 0, 0x20000, pointer)); // MDB_RDONLY
    long read = pointer.get(0);
    for (int i = 0; i < ENTRIES; i++) {
      bytes.putInt(0, i);
      key.mv_data(bytes.slice(0, 4));
      done(mdb_get(read, dbi.get(0), key, value));
      assertEquals(i, value.mv_data().getInt(0));
    }
    mdb_txn_abort(read);
    MemoryUtil.memFree(bytes);
    return env;
  }

  private static void done(int code) {
    assertEquals(0, code);
  }

  /**
   * LWJGL's build of zstd calls the process's malloc by itself, whatever LWJGL's allocator; a
   * context made as advanced takes pointers.
   */
  private static long zstd() {
    MemorySegment pointers = CFunctions.ofProcessHeap().zstdCustomMem(Arena.global());
    String text = "one heap per process, ".repeat(20_000);
    ByteBuffer from = MemoryUtil.memUTF8(text, false);
    ByteBuffer to = MemoryUtil.memAlloc((int) Zstd.ZSTD_compressBound(from.remaining()));
    long context = ZstdX.nZSTD_createCCtx_advanced(pointers.address());
    long length = Zstd.ZSTD_compressCCtx(context, to, from, 19);
    assertTrue(length > 0 && length < 10_000, "compressed to " + length);
    ByteBuffer back = MemoryUtil.memAlloc(from.remaining());
    assertEquals(
        from.remaining(), Zstd.ZSTD_decompress(back, to.slice(0, Math.toIntExact(length))));
    assertEquals(text, StandardCharsets.UTF_8.decode(back).toString());
    MemoryUtil.memFree(back.clear());
    MemoryUtil.memFree(to);
    MemoryUtil.memFree(from);
    return context;
  }

  /** An image in the plainest of formats: a header in ASCII, then three bytes a pixel. */
  private static long stb(MemoryStack stack) {
    byte[] header = ("P6 " + SIDE + " " + SIDE + " 255\n").getBytes(StandardCharsets.US_ASCII);
    ByteBuffer file = MemoryUtil.memAlloc(header.length + 3 * SIDE * SIDE);
    file.put(header);
    while (file.hasRemaining()) {
      file.put((byte) file.position());
    }
    file.flip();
    IntBuffer size = stack.mallocInt(3);
    ByteBuffer image =
        STBImage.stbi_load_from_memory(
            file, size.slice(0, 1), size.slice(1, 1), size.slice(2, 1), 4);
    assertEquals(PIXELS, image.remaining());
    assertEquals((byte) header.length, image.get(0));
    MemoryUtil.memFree(file);
    return MemoryUtil.memAddress(image);
  }

  /** Calls the functions that a native library is given, as the library would. */
  private static void pointers(MemoryAllocator allocator) throws Throwable {
    MethodHandle aligned = function(allocator.getAlignedAlloc(), 2);
    for (long alignment = 64; alignment <= 1 << 16; alignment *= 4) {
      long few = (long) aligned.invokeExact(alignment, alignment);
      long many = (long) aligned.invokeExact(64L, alignment * 3);
      assertEquals(0, few % alignment);
      assertEquals(0, many % 64);
      MemoryUtil.memSet(many, 1, alignment * 3);
      MemoryUtil.memSet(few, 1, alignment);
      long ignored = (long) function(allocator.getAlignedFree(), 1).invokeExact(many);
      allocator.aligned_free(few);
    }
    long zeros = (long) function(allocator.getCalloc(), 2).invokeExact(10L, 10L);
    assertEquals(0, MemoryUtil.memGetLong(zeros + 92));
    long grown = (long) function(allocator.getRealloc(), 2).invokeExact(zeros, 100_000L);
    MemoryUtil.memSet(grown, 1, 100_000);
    allocator.free(grown);
    long block = (long) function(allocator.getMalloc(), 1).invokeExact(100L);
    assertNotEquals(0, block);
    long ignored = (long) function(allocator.getFree(), 1).invokeExact(block);
    long crossed = allocator.malloc(100);
    ignored = (long) function(allocator.getFree(), 1).invokeExact(crossed);
  }

  @SuppressWarnings("restricted")
  private static MethodHandle function(long address, int arguments) {
    FunctionDescriptor shape =
        arguments == 1
            ? FunctionDescriptor.of(JAVA_LONG, JAVA_LONG)
            : FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG);
    return Linker.nativeLinker().downcallHandle(MemorySegment.ofAddress(address), shape);
  }
}
