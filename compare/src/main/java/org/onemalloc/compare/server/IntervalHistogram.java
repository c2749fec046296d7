package org.onemalloc.compare.server;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.InflaterInputStream;

/**
 * Decodes one histogram of a log: base64 of the compressed encoding V2 of HdrHistogram, as its
 * AbstractHistogram writes it. Rejected: its library, which is no module. At most damaged lines the
 * reader of version 2.2.2 ends as at the end of the log, and it reads wrong counts from others,
 * since it does not look at the checksum.
 */
final class IntervalHistogram {
  private static final int COMPRESSED_V2 = 0x1c849314;
  private static final int V2 = 0x1c849313;

  /** What precedes the counts. */
  private static final int HEADER = 40;

  /** With five digits and 63 bits a histogram has 6.2 million counts of at most nine bytes. */
  private static final int MOST_BYTES = 64 << 20;

  private static final int MOST_DIGITS = 5;

  /** Bits of a value. */
  private static final int BITS = 63;

  /** Receives the values. */
  interface Values {
    /**
     * Receives a value, the highest of those that are not told apart, and how often it is there.
     */
    void add(long value, long count);
  }

  private final ByteBuffer bytes;
  private final int unitBits;
  private final int halfBits;

  private IntervalHistogram(ByteBuffer bytes, int unitBits, int halfBits) {
    this.bytes = bytes;
    this.unitBits = unitBits;
    this.halfBits = halfBits;
  }

  /**
   * Reads a histogram, the lowest value first.
   *
   * @throws IllegalArgumentException if it is damaged or not of that encoding
   */
  static void forEach(String base64, Values values) {
    try {
      ByteBuffer bytes = inflated(Base64.getDecoder().decode(base64));
      IntervalHistogram histogram = header(bytes);
      for (long index = 0; bytes.hasRemaining(); ) {
        long count = histogram.next();
        if (count > 0) {
          values.add(histogram.value(index), count);
        }
        index = Math.addExact(index, count < 0 ? Math.negateExact(count) : 1); // so many zeros
      }
    } catch (IOException | BufferUnderflowException e) {
      throw new IllegalArgumentException("the histogram is not whole", e);
    }
  }

  private static ByteBuffer inflated(byte[] encoded) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(encoded));
    if (in.readInt() != COMPRESSED_V2) {
      throw new IllegalArgumentException("the histogram is not of the encoding V2");
    }
    if (in.readInt() != in.available()) {
      throw new IOException();
    }
    // Its end is reached only if the checksum is right.
    byte[] content = new InflaterInputStream(in).readNBytes(MOST_BYTES);
    return ByteBuffer.wrap(content);
  }

  private static IntervalHistogram header(ByteBuffer bytes) throws IOException {
    if (bytes.remaining() < HEADER) {
      throw new IOException();
    }
    int cookie = bytes.getInt();
    int length = bytes.getInt();
    int shift = bytes.getInt();
    int digits = bytes.getInt();
    long lowest = bytes.getLong();
    bytes.position(HEADER); // past the highest value and the ratio of doubles
    if (cookie != V2 || length != bytes.remaining()) {
      throw new IOException();
    }
    if (shift != 0 || digits < 0 || digits > MOST_DIGITS || lowest < 1) {
      throw new IllegalArgumentException("the histogram is of an unknown kind");
    }
    int single = 2 * (int) Math.pow(10, digits); // up to it, each value is told apart
    int subBits = Integer.SIZE - Integer.numberOfLeadingZeros(single - 1);
    return new IntervalHistogram(
        bytes, BITS - Long.numberOfLeadingZeros(lowest), Math.max(subBits, 1) - 1);
  }

  /** Reads a count, or the negated number of counts that are zero: ZigZag, LEB128 of nine bytes. */
  private long next() {
    long value = 0;
    for (int shift = 0; shift < 56; shift += 7) {
      byte part = bytes.get();
      value |= (part & 0x7fL) << shift;
      if (part >= 0) {
        return (value >>> 1) ^ -(value & 1);
      }
    }
    value |= (bytes.get() & 0xffL) << 56;
    return (value >>> 1) ^ -(value & 1);
  }

  private long value(long index) {
    long bucket = Math.max(0, (index >> halfBits) - 1);
    long inBucket = index - (bucket << halfBits);
    if (bucket + unitBits + halfBits + 1 > BITS) {
      throw new IllegalArgumentException("the histogram has values that are no latencies");
    }
    return ((inBucket + 1) << (bucket + unitBits)) - 1;
  }
}
