package org.onemalloc;

/**
 * Thrown in checked mode by the call that found a mistake in the use of native memory, see {@link
 * HeapChecks}. The message is the whole report.
 *
 * <p>The mistake need not be the caller's: a write past the end of a block is found when the block
 * is freed, and a write after free when the block leaves the quarantine, in whatever call that
 * happens.
 *
 * <p>It is an error because the program is wrong, and nothing that catches exceptions should go on
 * as if it were not.
 */
public final class HeapCorruptionError extends Error {
  private static final long serialVersionUID = 1L;

  private final transient Finding finding;

  /**
   * Creates an error.
   *
   * @param finding what was found
   */
  public HeapCorruptionError(Finding finding) {
    super(finding.toString());
    this.finding = finding;
  }

  /**
   * Returns what was found.
   *
   * @return the finding; null after deserialization
   */
  public Finding finding() {
    return finding;
  }
}
