package org.onemalloc.examples.service;

import com.github.luben.zstd.ZstdCompressCtx;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * One thread's part of the service. A request is decompressed and compressed with zlib, compressed
 * with zstd from a direct buffer, and its answer is kept in native memory until another one
 * replaces it.
 */
final class Worker {
  private static final int KEPT_ANSWERS = 160;

  /** One in this many of the answers is kept when the load changes. */
  private static final int SURVIVOR = 5;

  private final SplittableRandom random;
  private final byte[] text;
  private final List<Arena> answers = new ArrayList<>();
  private int survivors;

  Worker(int number) {
    random = new SplittableRandom(number);
    text = new byte[1 << 18];
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) "etaoin shrdlu{}:,".charAt(random.nextInt(17));
    }
  }

  /** Serves the requests of a phase and returns how many bytes are kept. */
  long serve(Load load) throws IOException {
    survivors = answers.size() / SURVIVOR;
    long kept = 0;
    for (int i = 0; i < load.requests(); i++) {
      byte[] payload = new byte[load.size(random)];
      System.arraycopy(
          text, random.nextInt(text.length - payload.length), payload, 0, payload.length);
      kept += keep(zstd(throughZlib(payload)));
    }
    return kept;
  }

  private static byte[] throughZlib(byte[] payload) throws IOException {
    byte[] packed = new byte[payload.length + 64];
    byte[] unpacked = new byte[payload.length];
    // New ones for each request, as in HTTP libraries: each allocates its state in native memory.
    try (Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        Inflater inflater = new Inflater()) {
      deflater.setInput(payload);
      deflater.finish();
      inflater.setInput(packed, 0, deflater.deflate(packed));
      inflater.inflate(unpacked);
      return unpacked;
    } catch (DataFormatException e) {
      throw new IOException(e);
    }
  }

  private static byte[] zstd(byte[] payload) {
    try (Arena request = Arena.ofConfined();
        ZstdCompressCtx context = new ZstdCompressCtx()) {
      ByteBuffer source = request.allocate(payload.length).asByteBuffer();
      source.put(payload).flip();
      ByteBuffer packed = request.allocate(payload.length + 512L).asByteBuffer();
      context.setLevel(1);
      context.compressDirectByteBuffer(packed, 0, packed.capacity(), source, 0, payload.length);
      return payload;
    }
  }

  @SuppressWarnings("MustBeClosedChecker") // kept, and closed when another answer replaces it
  private int keep(byte[] answer) {
    Arena arena = Arena.ofConfined();
    MemorySegment.copy(
        answer, 0, arena.allocate(answer.length), ValueLayout.JAVA_BYTE, 0, answer.length);
    if (answers.size() < KEPT_ANSWERS) {
      answers.add(arena);
    } else {
      int slot = survivors + random.nextInt(KEPT_ANSWERS - survivors);
      answers.set(slot, arena).close();
    }
    return answer.length;
  }

  /** Releases all answers but the survivors, as a cache does when entries expire. */
  long forgetMost() {
    while (answers.size() > survivors) {
      answers.removeLast().close();
    }
    return 0;
  }

  long forgetAll() {
    survivors = 0;
    return forgetMost();
  }
}
