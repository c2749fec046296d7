package org.onemalloc.examples.workloads;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** Generated text that compresses about as well as real text does. */
final class Text {
  private static final int WORDS = 20_000;

  private Text() {}

  /** Bytes of text, the same ones for the same seed. */
  static byte[] of(int seed, int bytes) {
    SplittableRandom random = new SplittableRandom(seed);
    StringBuilder text = new StringBuilder();
    while (text.length() < bytes) {
      text.append(word(random)).append(' ');
    }
    return text.substring(0, bytes).getBytes(StandardCharsets.US_ASCII);
  }

  /** A word; a few of them come often and most hardly ever, as in any language. */
  static String word(SplittableRandom random) {
    int rank = (int) Math.pow(WORDS, random.nextDouble());
    return "w" + Integer.toString(rank * 7919, Character.MAX_RADIX);
  }

  /** A sentence of so many words. */
  static String sentence(SplittableRandom random, int words) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < words; i++) {
      text.append(word(random)).append(' ');
    }
    return text.toString();
  }
}
