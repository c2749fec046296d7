package org.onemalloc.compare;

import java.util.Optional;

/**
 * The reason why a process is not proven.
 *
 * @param sentence what is not as expected or not known; empty if the process has ended
 * @param times the number of samples with that result
 * @param patience the number of samples after which it counts against the run
 */
record Doubt(String sentence, int times, int patience) {
  /**
   * The number of consecutive samples without a result after which a process is reported as
   * unknown.
   */
  private static final int PATIENCE = 30;

  /**
   * The same if access is refused. A process refuses access briefly during execve, and a setuid
   * program permanently.
   */
  private static final int PATIENCE_WHERE_REFUSED = 2;

  static Optional<Doubt> certain(String sentence) {
    return Optional.of(new Doubt(sentence, 0, 1));
  }

  static Optional<Doubt> uncertain(String sentence) {
    return Optional.of(new Doubt(sentence, 0, PATIENCE));
  }

  static Optional<Doubt> refused(String sentence) {
    return Optional.of(new Doubt(sentence, 0, PATIENCE_WHERE_REFUSED));
  }

  static Optional<Doubt> ended() {
    return uncertain("");
  }

  /** Returns whether an immediate second inspection confirms it. */
  boolean isCertain() {
    return patience == 1;
  }

  /** Returns the same as the result of one more sample than an earlier doubt about the process. */
  Doubt after(Doubt earlier) {
    return new Doubt(sentence, earlier == null ? 1 : earlier.times + 1, patience);
  }
}
