package org.onemalloc.profile;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Deflater;

/** Allocates known amounts in known parts, keeps some, and waits if it is told to. */
final class AllocatingProgram {
  static final int BUFFERS = 50;
  static final int BUFFER_BYTES = 200_000;
  static final int DEFLATERS = 40;

  private static final List<Object> KEPT = new ArrayList<>();

  private AllocatingProgram() {}

  public static void main(String[] arguments) throws InterruptedException {
    do {
      keepBuffers();
      System.out.println(KEPT.size());
      deflateAndEnd();
      Thread.sleep(arguments.length > 0 ? 100 : 0);
    } while (arguments.length > 0 && KEPT.size() < 100 * BUFFERS);
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
