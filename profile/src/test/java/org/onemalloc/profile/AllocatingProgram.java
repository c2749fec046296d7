package org.onemalloc.profile;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Deflater;

/**
 * Allocates known amounts in known parts and keeps some of the blocks. With an argument it repeats
 * this, or allocates through a looked-up function.
 */
final class AllocatingProgram {
  static final int BUFFERS = 50;
  static final int BUFFER_BYTES = 200_000;
  static final int DEFLATERS = 40;
  static final int FOREIGN_BLOCKS = 4096;
  static final int FOREIGN_BYTES = 16 << 10;

  private static final List<Object> KEPT = new ArrayList<>();

  private AllocatingProgram() {}

  public static void main(String[] arguments) throws Throwable {
    if (arguments.length > 0 && arguments[0].equals("foreign")) {
      holdForeign();
      return;
    }
    do {
      keepBuffers();
      System.out.println(KEPT.size());
      deflateAndEnd();
      Thread.sleep(arguments.length > 0 ? 100 : 0);
    } while (arguments.length > 0 && KEPT.size() < 100 * BUFFERS);
  }

  /**
   * Allocates through a function that was looked up, as Netty does. No import table contains that
   * call.
   */
  @SuppressWarnings("restricted")
  private static void holdForeign() throws Throwable {
    Linker linker = Linker.nativeLinker();
    MethodHandle malloc =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("malloc"),
            FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    for (int i = 0; i < FOREIGN_BLOCKS; i++) {
      var _ = (MemorySegment) malloc.invokeExact((long) FOREIGN_BYTES);
    }
    Thread.sleep(5000); // the profiler samples glibc's heap four times a second
  }

  private static void keepBuffers() {
    for (int i = 0; i < BUFFERS; i++) {
      KEPT.add(ByteBuffer.allocateDirect(BUFFER_BYTES));
    }
  }

  private static void deflateAndEnd() {
    for (int i = 0; i < DEFLATERS; i++) {
      Deflater deflater = new Deflater();
      deflater.setInput(new byte[1000]);
      deflater.finish();
      deflater.deflate(new byte[2000]);
      deflater.end();
    }
  }
}
