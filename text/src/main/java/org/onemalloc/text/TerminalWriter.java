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
 * Standard output or error: the last place before a terminal, where whatever could steer it becomes
 * visible as {@link Text#harmless} has it, wherever it came from. Colours and what rewrites a line
 * of progress pass; names are made harmless where they are put into a text, so that they cannot
 * colour it.
 *
 * <p>The first failure is kept, since a {@code PrintWriter} does not throw. Thread-safe.
 */
public final class TerminalWriter extends Writer {
  /**
   * Colours (SGR but for concealed text, 8); erasing the line (EL) and what follows (ED), going up
   * (CUU), and whether lines wrap (DECAWM), for what is rewritten in place; ECMA-48.
   */
  private static final Pattern ALLOWED =
      Pattern.compile("\u001b\\[(?:(?!8)[0-9;]{0,8}m|K|J|[0-9]{1,4}A|\\?7[lh])|\r");

  /** What the next write may complete: half a character, or half an escape sequence. */
  private static final Pattern UNFINISHED =
      Pattern.compile("(?:[\\ud800-\\udbff]|\u001b(?:\\[[?0-9;]{0,8})?)$");

  private final Writer out;
  private String pending = "";
  private IOException failure;

  /**
   * Writes to a stream.
   *
   * @param out where to
   * @param charset what the terminal shows
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
   * Returns what failed.
   *
   * @return the first failure
   */
  public Optional<IOException> failure() {
    synchronized (lock) {
      return Optional.ofNullable(failure);
    }
  }

  /**
   * Returns whether the reader went away, as head(1) does.
   *
   * @return true if the first failure was a pipe without a reader (EPIPE)
   */
  public boolean isAbandoned() {
    return failure().map(e -> "Broken pipe".equals(e.getMessage())).orElse(false);
  }

  /**
   * Says in a sentence what failed.
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
