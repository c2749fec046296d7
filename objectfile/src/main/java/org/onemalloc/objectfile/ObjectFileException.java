package org.onemalloc.objectfile;

import org.onemalloc.text.Text;

/**
 * Thrown when a file is damaged, or is not an object file that this module can read.
 *
 * <p>The message is one sentence for the user, on one line. It states the fault and its place.
 * Names from the file can be part of it: they are escaped ({@link Text#escaped}).
 */
public final class ObjectFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message one sentence that states the fault, the file, and the place in the file
   */
  public ObjectFileException(String message) {
    super(Text.escaped(message));
  }
}
