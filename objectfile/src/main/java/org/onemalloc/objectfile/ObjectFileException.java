package org.onemalloc.objectfile;

/**
 * Thrown when a file is not an object file that this module reads, or is damaged.
 *
 * <p>The message is one sentence for a person: what is wrong and where.
 */
public final class ObjectFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message one sentence: what is wrong, and at which place of which file
   */
  public ObjectFileException(String message) {
    super(message);
  }
}
