package org.onemalloc.objectfile;

/**
 * Thrown when a file is damaged, or is not an object file that this module can read.
 *
 * <p>The message is one sentence for the user. It states the fault and its place.
 */
public final class ObjectFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message one sentence that states the fault, the file, and the place in the file
   */
  public ObjectFileException(String message) {
    super(message);
  }
}
