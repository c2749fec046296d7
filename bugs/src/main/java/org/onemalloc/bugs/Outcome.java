package org.onemalloc.bugs;

/** The outcome of a process in which a mistake was made. */
enum Outcome {
  /** A report named the mistake. */
  FOUND("found"),
  /** The JVM died of a fault, and its hs_err file names the block. */
  FAULT("fault, named"),
  /** The process died without naming the mistake. */
  DIED("died"),
  /** An exception or message that does not report the mistake. */
  OTHER("other error"),
  /** Nothing happened. */
  SILENT("—");

  private final String text;

  Outcome(String text) {
    this.text = text;
  }

  boolean found() {
    return this == FOUND || this == FAULT;
  }

  @Override
  public String toString() {
    return text;
  }
}
