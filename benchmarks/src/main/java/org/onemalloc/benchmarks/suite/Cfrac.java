package org.onemalloc.benchmarks.suite;

import org.onemalloc.Heap;

/**
 * Arithmetic with long numbers, each result a small block that lives for a few operations: {@code
 * cfrac}.
 *
 * <p>Source: the description of Barrett's program in mimalloc-bench, which factors a number by its
 * continued fraction, with many small and short-lived allocations. This kernel computes convergents
 * of continued fractions and factors nothing.
 *
 * <p>A number is a block of 8 + 4n bytes: a count of digits and n as two ints, then n digits of 32
 * bits, the lowest first; the digits after the count are undefined. A lane does 300,000 steps with
 * a random quotient a of 1 to 65,536, on numerators and then on denominators:
 *
 * <ol>
 *   <li>Allocate the product of the last one and a, with room for one digit more.
 *   <li>Allocate the sum of the product and the last but one, with room for one digit more than the
 *       longer has.
 *   <li>Free the product, then the last but one; the last takes its place, and the sum that of the
 *       last.
 * </ol>
 *
 * When a numerator has 24 digits, all four numbers are freed and the fraction begins anew:
 * numerators 1 and 0, denominators 0 and 1, with room for one digit each.
 */
final class Cfrac implements Kernel {
  private static final int STEPS = 300_000;
  private static final int DIGITS = 24;
  private static final int QUOTIENTS = 1 << 16;
  private static final long LOW = 0xFFFF_FFFFL;

  private final Lane lane;
  private long numerator;
  private long lastNumerator;
  private long denominator;
  private long lastDenominator;

  Cfrac(Lane lane) {
    this.lane = lane;
  }

  @Override
  public long repeat() {
    begin();
    long sum = 0;
    for (int left = lane.scaled(STEPS); left > 0; left--) {
      sum = step(1 + lane.numbers.below(QUOTIENTS), sum);
    }
    end();
    return sum;
  }

  private void begin() {
    numerator = digit(1);
    lastNumerator = digit(0);
    denominator = digit(0);
    lastDenominator = digit(1);
  }

  private void end() {
    free(numerator);
    free(lastNumerator);
    free(denominator);
    free(lastDenominator);
  }

  private long step(int quotient, long before) {
    long more = next(numerator, lastNumerator, quotient);
    lastNumerator = numerator;
    numerator = more;
    more = next(denominator, lastDenominator, quotient);
    lastDenominator = denominator;
    denominator = more;
    int digits = Words.getInt(numerator);
    long after = Kernel.mix(before, digits);
    after = Kernel.mix(after, Words.getInt(numerator + 8) & LOW);
    after = Kernel.mix(after, Words.getInt(denominator + 8) & LOW);
    if (digits >= DIGITS) {
      end();
      begin();
    }
    return after;
  }

  private static long next(long last, long lastButOne, int quotient) {
    long product = times(last, quotient);
    long result = plus(product, lastButOne);
    free(product);
    free(lastButOne);
    return result;
  }

  private static long times(long number, long factor) {
    int digits = Words.getInt(number);
    long result = allocate(digits + 1);
    long carry = 0;
    for (int i = 0; i < digits; i++) {
      carry += (Words.getInt(number + 8 + 4L * i) & LOW) * factor;
      Words.setInt(result + 8 + 4L * i, (int) carry);
      carry >>>= 32;
    }
    finish(result, digits, carry);
    return result;
  }

  private static long plus(long a, long b) {
    int digitsOfA = Words.getInt(a);
    int digitsOfB = Words.getInt(b);
    int digits = Math.max(digitsOfA, digitsOfB);
    long result = allocate(digits + 1);
    long carry = 0;
    for (int i = 0; i < digits; i++) {
      carry += i < digitsOfA ? Words.getInt(a + 8 + 4L * i) & LOW : 0;
      carry += i < digitsOfB ? Words.getInt(b + 8 + 4L * i) & LOW : 0;
      Words.setInt(result + 8 + 4L * i, (int) carry);
      carry >>>= 32;
    }
    finish(result, digits, carry);
    return result;
  }

  private static void finish(long number, int digits, long carry) {
    if (carry != 0) {
      Words.setInt(number + 8 + 4L * digits, (int) carry);
      Words.setInt(number, digits + 1);
    } else {
      Words.setInt(number, digits);
    }
  }

  private static long digit(int value) {
    long number = allocate(1);
    Words.setInt(number, 1);
    Words.setInt(number + 8, value);
    return number;
  }

  private static long allocate(int room) {
    long number = Heap.allocate(8 + 4L * room, ALIGNMENT);
    Words.setInt(number + 4, room);
    return number;
  }

  private static void free(long number) {
    Heap.deallocate(number, 8 + 4L * Words.getInt(number + 4), ALIGNMENT);
  }
}
