package org.onemalloc.compare;

import java.util.concurrent.TimeUnit;
import org.onemalloc.compare.process.ProcessTree.Member;

/**
 * An inspection of a process that had a result.
 *
 * @param nanos when it was
 * @param residentPages the memory that the process had then
 */
record Look(long nanos, long residentPages) {
  /** A process is inspected when it is new, and then about once a second. */
  private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** And when it has grown by this, 1 MiB where pages have 4 KiB, and by an eighth. */
  private static final long GROWTH_PAGES = 256;

  /**
   * Returns whether a process is to be inspected again. What has allocated since the last
   * inspection may have done so elsewhere, and may end before the next period.
   */
  boolean isOutdated(Member member, long now) {
    return now - nanos >= PERIOD_NANOS
        || member.residentPages() - residentPages > GROWTH_PAGES + residentPages / 8;
  }
}
