package org.onemalloc.observe;

import java.util.OptionalLong;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;
import org.onemalloc.Heap;
import org.onemalloc.HeapStatistics;
import org.onemalloc.Usage;

/**
 * The events of the heap. Each is a table for {@code jfr view NAME file.jfr}.
 *
 * <table>
 * <caption>Events</caption>
 * <tr><td>{@code onemalloc.AllocationSample}</td><td>a sample of the memory taken from the
 * allocator, one for each 512 KB</td></tr>
 * <tr><td>{@code onemalloc.HeapStatistics}</td><td>the whole heap, every 10 seconds</td></tr>
 * <tr><td>{@code onemalloc.TagStatistics}</td><td>each tag, every 10 seconds</td></tr>
 * <tr><td>{@code onemalloc.LimitReached}</td><td>a call that a limit refused</td></tr>
 * <tr><td>{@code onemalloc.Finding}</td><td>a mistake that checked mode found</td></tr>
 * </table>
 *
 * <p>An unknown value is {@link Long#MIN_VALUE}, which {@code jfr} prints as N/A.
 */
final class HeapEvents {
  private static final String PACKAGE = "org.onemalloc.";

  private static final StackWalker WALKER = StackWalker.getInstance();

  private HeapEvents() {}

  static void start() {
    FlightRecorder.addPeriodicEvent(Statistics.class, HeapEvents::statistics);
    FlightRecorder.addPeriodicEvent(Tag.class, HeapEvents::tags);
  }

  static void sampled(long bytes, long size, long alignment) {
    AllocationSample event = new AllocationSample();
    if (event.shouldCommit()) {
      event.bytes = bytes;
      event.size = size;
      event.alignment = alignment;
      event.allocatedBy = caller();
      event.commit();
    }
  }

  /**
   * Returns the first frame that does not belong to the heap, whose own frames are on top of every
   * sample.
   */
  private static String caller() {
    return WALKER.walk(
        frames ->
            frames
                .filter(frame -> !isHeap(frame.getClassName()))
                .findFirst()
                .map(f -> f.getClassName() + "." + f.getMethodName() + ":" + f.getLineNumber())
                .orElse(""));
  }

  private static boolean isHeap(String className) {
    boolean door = className.lastIndexOf('.') + 1 == PACKAGE.length();
    return className.startsWith("org.onemalloc.observe.HeapEvents")
        || className.startsWith("org.onemalloc.observe.HeapObserver")
        || className.startsWith(PACKAGE + "internal.")
        || (door && className.startsWith(PACKAGE));
  }

  static void limitReached(Usage usage, long bytes) {
    LimitReached event = new LimitReached();
    if (event.shouldCommit()) {
      event.tag = usage.tag();
      event.limit = usage.limit().orElse(Long.MIN_VALUE);
      event.live = usage.totalBytes();
      event.refused = bytes;
      event.allocatedBy = caller();
      event.commit();
    }
  }

  static void found(String kind, String report) {
    Finding event = new Finding();
    if (event.shouldCommit()) {
      event.kind = kind;
      event.report = report;
      event.commit();
    }
  }

  private static void statistics() {
    HeapStatistics now = Heap.statistics();
    Statistics event = new Statistics();
    event.allocator = (now.allocator() + " " + now.version()).strip();
    event.live = now.liveBytes();
    event.allocated = known(now.provider().allocated());
    event.active = known(now.provider().active());
    event.resident = known(now.provider().resident());
    event.retained = known(now.provider().retained());
    event.escaped = known(now.escapedBytes());
    event.cached = now.caches().bytes();
    event.threads = now.caches().threads();
    event.commit();
  }

  private static long known(OptionalLong value) {
    return value.orElse(Long.MIN_VALUE);
  }

  private static void tags() {
    for (Usage usage : Heap.statistics().tags()) {
      Tag event = new Tag();
      event.tag = usage.tag();
      event.bytes = usage.bytes();
      event.blocks = usage.blocks();
      event.total = usage.totalBytes();
      event.limit = known(usage.limit());
      event.commit();
    }
  }

  @Name("onemalloc.AllocationSample")
  @Label("Native Allocation Sample")
  @Category("onemalloc")
  @Description(
      "An allocation from the allocator: one for every so many bytes, without blocks of"
          + " the caches")
  static final class AllocationSample extends Event {
    @Label("Allocated By")
    String allocatedBy;

    @Label("Bytes")
    @Description(
        "Bytes allocated since the previous sample; their sum over all samples is the" + " total")
    @DataAmount
    long bytes;

    @Label("Block Size")
    @DataAmount
    long size;

    @Label("Alignment")
    @DataAmount
    long alignment;
  }

  @Name("onemalloc.HeapStatistics")
  @Label("Native Heap Statistics")
  @Category("onemalloc")
  @Description("The figures of the heap and of its allocator")
  @Period("10 s")
  @StackTrace(false)
  static final class Statistics extends Event {
    @Label("Allocator")
    String allocator;

    @Label("Live")
    @Description("Bytes live under all tags, and of untagged calls in accounting mode")
    @DataAmount
    long live;

    @Label("Allocated")
    @DataAmount
    long allocated;

    @Label("Active")
    @DataAmount
    long active;

    @Label("Resident")
    @DataAmount
    long resident;

    @Label("Retained")
    @DataAmount
    long retained;

    @Label("Escaped")
    @Description("Bytes in use in glibc's heap while the process heap is another's")
    @DataAmount
    long escaped;

    @Label("Room in Caches")
    @DataAmount
    long cached;

    @Label("Threads with Caches")
    int threads;
  }

  @Name("onemalloc.TagStatistics")
  @Label("Native Memory by Tag")
  @Category("onemalloc")
  @Description("Live bytes and blocks of a tag")
  @Period("10 s")
  @StackTrace(false)
  static final class Tag extends Event {
    @Label("Tag")
    String tag;

    @Label("Live")
    @DataAmount
    long bytes;

    @Label("Blocks")
    long blocks;

    @Label("With Tags Below")
    @DataAmount
    long total;

    @Label("Limit")
    @DataAmount
    long limit;
  }

  @Name("onemalloc.LimitReached")
  @Label("Native Memory Limit Reached")
  @Category("onemalloc")
  @Description("A call that a limit refused with an OutOfMemoryError")
  static final class LimitReached extends Event {
    @Label("Tag")
    String tag;

    @Label("Limit")
    @DataAmount
    long limit;

    @Label("Live")
    @DataAmount
    long live;

    @Label("Requested")
    @DataAmount
    long refused;

    @Label("Allocated By")
    String allocatedBy;
  }

  @Name("onemalloc.Finding")
  @Label("Native Memory Finding")
  @Category("onemalloc")
  @Description("A mistake that checked mode found")
  static final class Finding extends Event {
    @Label("Kind")
    String kind;

    @Label("Report")
    String report;
  }
}
