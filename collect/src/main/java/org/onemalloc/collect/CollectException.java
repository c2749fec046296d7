package org.onemalloc.collect;

/** Thrown when a file is no evidence; the message is one sentence for the user. */
public final class CollectException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CollectException(String message) {
    super(message);
  }
}
