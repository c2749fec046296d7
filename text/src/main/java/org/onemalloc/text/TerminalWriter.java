package org.onemalloc.text;

import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.Charset;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A writer for standard output or standard error. It is the last step before the terminal:
 * characters that could control the terminal are escaped as by {@link Text#harmless}, regardless of
 * their origin. Colours, and the sequences that rewrite a line of progress, are written unchanged.
 * Names are escaped when they are inserted into a text, so that they cannot colour it.
 *
 * <p>The first failure is kept, because a {@code PrintWriter} does not throw. Thread-safe.
 */
public final class TerminalWriter extends Writer {
  /**
   * The allowed sequences of ECMA-48: colours (SGR except concealed text, 8), and for text that is
   * rewritten in place, erase in line (EL), erase in display (ED), cursor up (CUU) and auto-wrap
   * (DECAWM).
   */
  private static final Pattern ALLOWED =
      Pattern.compile("\u001b\\[(?:(?!8)[0-9;]{0,8}m|K|J|[0-9]{1,4}A|\\?7[lh])|\r");

  /**
   * Matches an incomplete end, which the next write may complete: half a character, or a part of an
   * escape sequence.
   */
  private static final Pattern UNFINISHED =
      Pattern.compile("(?:[\\ud800-\\udbff]|\u001b(?:\\[[?0-9;]{0,8})?)$");

  private final Writer out;
  private String pending = "";
  private IOException failure;

  /**
   * Creates a writer for a stream.
   *
   * @param out the destination
   * @param charset the charset of the terminal
   */
  public TerminalWriter(OutputStream out, Charset charset) {
    this.out = new OutputStreamWriter(out, charset);
  }

  @Override
  public void write(char[] text, int from, int length) throws IOException {
    synchronized (lock) {
      String whole = pending + new String(text, from, length);
      Matcher unfinished = UNFINISHED.matcher(whole);
      int end = unfinished.find() ? unfinished.start() : whole.length();
      pending = whole.substring(end);
      attempt(() -> out.write(safe(whole.substring(0, end))));
    }
  }

  private static String safe(String text) {
    Matcher allowed = ALLOWED.matcher(text);
    StringBuilder safe = new StringBuilder();
    int end = 0;
    while (allowed.find()) {
      safe.append(Text.harmless(text.substring(end, allowed.start()))).append(allowed.group());
      end = allowed.end();
    }
    return safe.append(Text.harmless(text.substring(end))).toString();
  }

  /**
   * Returns the first failure.
   *
   * @return the first failure; empty if nothing failed
   */
  public Optional<IOException> failure() {
    synchronized (lock) {
      return Optional.ofNullable(failure);
    }
  }

  /**
   * Returns whether the reader closed the pipe, as head(1) does.
   *
   * @return true if the first failure was a pipe without a reader (EPIPE)
   */
  public boolean isAbandoned() {
    return failure().map(e -> "Broken pipe".equals(e.getMessage())).orElse(false);
  }

  /**
   * Returns a sentence about the first failure.
   *
   * @return the sentence; empty if nothing failed
   */
  public Optional<String> sentence() {
    return failure()
        .map(e -> "Standard output could not be written: " + OutputException.why(e) + ".");
  }

  @Override
  public void flush() throws IOException {
    synchronized (lock) {
      attempt(
          () -> {
            out.write(safe(pending));
            pending = "";
            out.flush();
          });
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (lock) {
      attempt(out::close);
    }
  }

  private interface Operation {
    void run() throws IOException;
  }

  private void attempt(Operation operation) throws IOException {
    try {
      operation.run();
    } catch (IOException e) {
      failure = failure == null ? e : failure;
      throw e;
    }
  }
}
