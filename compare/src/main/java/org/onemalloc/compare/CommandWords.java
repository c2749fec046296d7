package org.onemalloc.compare;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.onemalloc.compare.process.OwnProcess;

/**
 * Converts the words of a command line to strings and back without loss. A word is any sequence of
 * non-zero bytes. The bytes are decoded as UTF-8. An invalid byte becomes a lone surrogate, U+DC80
 * to U+DCFF, as with Python's {@code surrogateescape} (PEP 383).
 *
 * <p>Java decodes the arguments of {@code main} with the encoding of the locale and replaces
 * invalid bytes, so those strings cannot be passed on to a program.
 */
public final class CommandWords {
  private static final char FIRST = '\udc00';

  private CommandWords() {}

  /**
   * Returns the arguments of this process without loss.
   *
   * @param arguments the arguments of {@code main}, returned as they are if there is no /proc
   */
  public static List<String> ofThisProcess(String[] arguments) {
    return OwnProcess.lastArguments(arguments.length)
        .map(words -> words.stream().map(CommandWords::text).toList())
        .orElseGet(() -> List.of(arguments));
  }

  /** Returns the string that represents these bytes. */
  public static String text(byte[] word) {
    var decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer bytes = ByteBuffer.wrap(word);
    CharBuffer text = CharBuffer.allocate(word.length);
    CoderResult result = decoder.decode(bytes, text, true);
    while (result.isError()) {
      for (int i = 0; i < result.length(); i++) {
        text.put((char) (FIRST | (bytes.get() & 0xff)));
      }
      result = decoder.decode(bytes, text, true);
    }
    return text.flip().toString();
  }

  /** Returns the bytes that a string represents. */
  public static byte[] bytes(String word) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    word.codePoints()
        .forEach(
            c -> {
              if (c >= FIRST + 0x80 && c <= FIRST + 0xff) {
                bytes.write(c);
              } else {
                bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
              }
            });
    return bytes.toByteArray();
  }
}
