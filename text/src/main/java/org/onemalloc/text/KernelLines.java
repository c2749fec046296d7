package org.onemalloc.text;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The lines that the kernel and the dynamic loader write. Only a newline ends them.
 *
 * <p>The readers of Java end a line at a carriage return too. The kernel does not escape that
 * character in names (seq_file in fs/seq_file.c escapes the newline), so the name of a file or of a
 * process could split a line, and what follows would be taken for another line of the kernel.
 *
 * <p>The text is decoded as UTF-8; bytes that are not UTF-8 are replaced. Not thread-safe.
 */
public final class KernelLines implements Closeable {
  private final Reader text;
  private final char[] buffer = new char[8192];
  private int next;
  private int end;

  /**
   * Reads lines one by one.
   *
   * @param text the text; {@link #close} closes it
   */
  public KernelLines(InputStream text) {
    this.text = new InputStreamReader(text, StandardCharsets.UTF_8);
  }

  /**
   * Reads all lines of a file.
   *
   * @param file a file of /proc or /sys, or another one of which only a newline ends a line
   * @return the lines, without their ends
   * @throws IOException if the file cannot be read
   */
  public static List<String> of(Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    try (KernelLines from = new KernelLines(Files.newInputStream(file))) {
      for (String line = from.next(); line != null; line = from.next()) {
        lines.add(line);
      }
    }
    return lines;
  }

  /**
   * Reads the next line.
   *
   * @return the line, without its end; null if there is none
   * @throws IOException if the text cannot be read
   */
  public String next() throws IOException {
    StringBuilder line = null;
    while (next < end || fill()) {
      line = line == null ? new StringBuilder() : line;
      int start = next;
      while (next < end && buffer[next] != '\n') {
        next++;
      }
      line.append(buffer, start, next - start);
      if (next < end) {
        next++;
        return line.toString();
      }
    }
    return line == null ? null : line.toString();
  }

  private boolean fill() throws IOException {
    next = 0;
    end = Math.max(0, text.read(buffer));
    return end > 0;
  }

  @Override
  public void close() throws IOException {
    text.close();
  }
}
