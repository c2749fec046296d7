package org.onemalloc.inspect.loader;

/**
 * Thrown if a file of the requested name exists and the loader ends its search there with an error.
 */
final class Refused extends Exception {
  private static final long serialVersionUID = 1;

  Refused(String reason) {
    super(reason);
  }
}
