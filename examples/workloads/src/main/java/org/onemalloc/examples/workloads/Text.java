package org.onemalloc.examples.workloads;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** Generated text that compresses about as well as real text does. */
final class Text {
  private static final int WORDS = 20_000;

  private Text() {}

  /** Returns text as bytes, the same for the same seed. */
  static byte[] of(int seed, int bytes) {
    SplittableRandom random = new SplittableRandom(seed);
    StringBuilder text = new StringBuilder();
    while (text.length() < bytes) {
      text.append(word(random)).append(' ');
    }
    return text.substring(0, bytes).getBytes(StandardCharsets.US_ASCII);
  }

  /** Returns a word; a few words are frequent and most are rare, as in any language. */
  static String word(SplittableRandom random) {
    int rank = (int) Math.pow(WORDS, random.nextDouble());
    return "w" + Integer.toString(rank * 7919, Character.MAX_RADIX);
  }

  /** Returns a sentence of the given number of words. */
  static String sentence(SplittableRandom random, int words) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < words; i++) {
      text.append(word(random)).append(' ');
    }
    return text.toString();
  }
}
