package org.onemalloc.compare.server;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A text for a regular expression of the user's. {@link java.util.regex.Pattern} searches with
 * backtracking: for some patterns the time grows exponentially with the text, and the stack with
 * its length. Each character that it reads looks at the clock, so that the search ends. Not
 * thread-safe.
 */
final class BoundedText implements CharSequence {
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final CharSequence text;
  private final long end;

  /** Thrown where a search takes too long, or too much stack. The message is a sentence. */
  static final class SearchException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private SearchException(String message) {
      super(message, null, false, false);
    }
  }

  private BoundedText(CharSequence text, long end) {
    this.text = text;
    this.end = end;
  }

  /** Returns the text with a limit for all searches in it together. */
  static BoundedText of(CharSequence text) {
    return new BoundedText(text, System.nanoTime() + LONGEST_NANOS);
  }

  /**
   * Searches.
   *
   * @param option the option that has the pattern, for the message
   * @param search uses the text
   * @throws SearchException if the pattern needs too much time or stack
   */
  static <T> T search(String option, Supplier<T> search) {
    try {
      return search.get();
    } catch (SearchException | StackOverflowError e) {
      throw new SearchException(
          option
              + ": the pattern needs too much "
              + (e instanceof SearchException ? "time" : "stack")
              + " on the output; write one without nested repetitions.");
    }
  }

  @Override
  public char charAt(int index) {
    if (System.nanoTime() - end > 0) {
      throw new SearchException("");
    }
    return text.charAt(index);
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public CharSequence subSequence(int start, int stop) {
    return new BoundedText(text.subSequence(start, stop), end);
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
