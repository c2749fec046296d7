package org.onemalloc.inspect.loader;

/** A file is there under the name that was asked for, and the loader stops at it with an error. */
final class Refused extends Exception {
  private static final long serialVersionUID = 1;

  Refused(String reason) {
    super(reason);
  }
}
