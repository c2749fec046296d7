package org.onemalloc.text;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes one JSON text (RFC 8259) piece by piece, indented by two spaces.
 *
 * <p>The output is always well formed; a call that would violate this throws: names occur only in
 * objects, each name has exactly one value, and no value follows the end. Strings are escaped as §7
 * of the RFC requires. In addition, {@code <} (so that the text can be placed inside an HTML
 * script), lone surrogates (not encodable in UTF-8) and characters that could control a terminal or
 * hide text (see {@link Text#escaped}) are written as {@code \\uXXXX}. Numbers are written so that
 * they read back equal. Note that a reader that has only doubles represents whole numbers exactly
 * only up to 2^53.
 *
 * <p>Not thread-safe. The caller closes the output.
 */
public final class JsonWriter {
  private final Appendable out;
  private final Deque<Scope> scopes = new ArrayDeque<>();
  private boolean inlineNext;
  private boolean nameWritten;
  private boolean ended;

  /**
   * Creates a writer for an output.
   *
   * @param out the destination, which must be encoded as UTF-8
   */
  public JsonWriter(Appendable out) {
    this.out = out;
  }

  /**
   * Writes the next object or array, with all its contents, on one line.
   *
   * @return this
   */
  public JsonWriter inline() {
    inlineNext = true;
    return this;
  }

  /**
   * Opens an object.
   *
   * @return this
   * @throws IOException if the output fails
   */
  public JsonWriter beginObject() throws IOException {
    return begin('{', '}');
  }

  /**
   * Closes the innermost container, which is an object.
   *
   * @return this
   * @throws IOException if the output fails
   */
  public JsonWriter endObject() throws IOException {
    return end('}');
  }

  /**
   * Opens an array.
   *
   * @return this
   * @throws IOException if the output fails
   */
  public JsonWriter beginArray() throws IOException {
    return begin('[', ']');
  }

  /**
   * Closes the innermost container, which is an array.
   *
   * @return this
   * @throws IOException if the output fails
   */
  public JsonWriter endArray() throws IOException {
    return end(']');
  }

  /**
   * Writes the name of the next value of an object. The method does not check that names are
   * unique.
   *
   * @param name any string
   * @return this
   * @throws IOException if the output fails
   * @throws IllegalStateException if the innermost container is not an object, or the previous name
   *     has no value yet
   */
  public JsonWriter name(String name) throws IOException {
    require(!scopes.isEmpty() && scopes.peek().close == '}' && !nameWritten, "a name");
    separate();
    quote(name);
    out.append(": ");
    nameWritten = true;
    return this;
  }

  /**
   * Writes a string.
   *
   * @param value the string, or null for JSON's null
   * @return this
   * @throws IOException if the output fails
   */
  public JsonWriter value(String value) throws IOException {
    beforeValue();
    if (value == null) {
      out.append("null");
    } else {
      quote(value);
    }
    return afterValue();
  }

  /**
   * Writes a whole number.
   *
   * @param value any value
   * @return this
   * @throws IOException if the output fails
   */
  public JsonWriter value(long value) throws IOException {
    return literal(Long.toString(value));
  }

  /**
   * Writes a number in the shortest form that reads back equal.
   *
   * @param value a finite number
   * @return this
   * @throws IOException if the output fails
   * @throws IllegalArgumentException if the value is NaN or infinite, which JSON cannot represent
   */
  public JsonWriter value(double value) throws IOException {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("JSON cannot represent the number " + value);
    }
    return literal(Double.toString(value));
  }

  /**
   * Writes true or false.
   *
   * @param value any value
   * @return this
   * @throws IOException if the output fails
   */
  public JsonWriter value(boolean value) throws IOException {
    return literal(Boolean.toString(value));
  }

  /**
   * Ends the text with a line terminator.
   *
   * @throws IOException if the output fails
   * @throws IllegalStateException if nothing was written or a container is open
   */
  public void end() throws IOException {
    if (!ended) {
      throw new IllegalStateException("the JSON text is not complete");
    }
    out.append('\n');
  }

  private JsonWriter literal(String text) throws IOException {
    beforeValue();
    out.append(text);
    return afterValue();
  }

  private JsonWriter begin(char open, char close) throws IOException {
    beforeValue();
    out.append(open);
    boolean inline = inlineNext || (!scopes.isEmpty() && scopes.peek().inline);
    inlineNext = false;
    scopes.push(new Scope(close, inline));
    return this;
  }

  private JsonWriter end(char close) throws IOException {
    require(!scopes.isEmpty() && scopes.peek().close == close && !nameWritten, "'" + close + "'");
    Scope scope = scopes.pop();
    if (!scope.empty && !scope.inline) {
      newLine();
    }
    out.append(close);
    return afterValue();
  }

  private void beforeValue() throws IOException {
    boolean inObject = !scopes.isEmpty() && scopes.peek().close == '}';
    require(!ended && inObject == nameWritten, "a value");
    if (!inObject) {
      separate();
    }
    nameWritten = false;
  }

  private JsonWriter afterValue() {
    ended = scopes.isEmpty();
    return this;
  }

  private void separate() throws IOException {
    Scope scope = scopes.peek();
    if (scope == null) {
      return;
    }
    if (!scope.empty) {
      out.append(scope.inline ? ", " : ",");
    }
    scope.empty = false;
    if (!scope.inline) {
      newLine();
    }
  }

  private void newLine() throws IOException {
    out.append('\n').append("  ".repeat(scopes.size()));
  }

  private void quote(String text) throws IOException {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        pair(c, text.charAt(++i));
      } else {
        character(c);
      }
    }
    out.append('"');
  }

  private void pair(char high, char low) throws IOException {
    if (Text.steers(Character.toCodePoint(high, low))) {
      out.append("\\u%04x\\u%04x".formatted((int) high, (int) low));
    } else {
      out.append(high).append(low);
    }
  }

  private void character(char c) throws IOException {
    switch (c) {
      case '"', '\\' -> out.append('\\').append(c);
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        boolean unsafe = c == '<' || Text.steers(c);
        out.append(unsafe ? String.format("\\u%04x", (int) c) : String.valueOf(c));
      }
    }
  }

  private void require(boolean allowed, String what) {
    if (!allowed) {
      throw new IllegalStateException(what + " does not belong here in the JSON text");
    }
  }

  private static final class Scope {
    final char close;
    final boolean inline;
    boolean empty = true;

    Scope(char close, boolean inline) {
      this.close = close;
      this.inline = inline;
    }
  }
}
