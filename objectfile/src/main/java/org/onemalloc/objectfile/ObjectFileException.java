package org.onemalloc.objectfile;

import java.util.regex.Pattern;

/**
 * Thrown when a file is damaged, or is not an object file that this module can read.
 *
 * <p>The message is one sentence for the user, on one line. It states the fault and its place.
 * Names from the file can be part of it: what could control a terminal in them is escaped as in
 * Java.
 */
public final class ObjectFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Control and format characters, line and paragraph separators (Unicode, table 4-4). */
  private static final Pattern STEERING = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

  /**
   * Creates the exception.
   *
   * @param message one sentence that states the fault, the file, and the place in the file
   */
  public ObjectFileException(String message) {
    super(
        STEERING
            .matcher(message)
            .replaceAll(found -> "\\\\u%04x".formatted(found.group().codePointAt(0))));
  }
}
