package org.onemalloc.observe;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jdk.jfr.FlightRecorder;
import jdk.jfr.consumer.RecordingStream;
import org.onemalloc.Heap;
import org.onemalloc.TaggedHeap;

/**
 * A program for a recording: it allocates under tags and exceeds a limit until the recording has
 * all events.
 */
public final class ObservedMain {
  static final String READY = "ready";
  private static final String[] EVENTS = {
    "onemalloc.HeapStatistics",
    "onemalloc.TagStatistics",
    "onemalloc.LimitReached",
    "onemalloc.AllocationSample"
  };

  private ObservedMain() {}

  public static void main(String[] args) throws Exception {
    TaggedHeap cache = Heap.tagged("store/cache");
    TaggedHeap log = Heap.tagged("store/log");
    log.limit(1 << 20);
    for (int i = 0; i < 512; i++) {
      fill(cache);
    }
    boolean seen = !Boolean.parseBoolean(System.getProperty("wait", "true")) || seen(cache, log);
    System.out.println(seen ? READY : "not recorded");
  }

  private static boolean seen(TaggedHeap cache, TaggedHeap log) throws Exception {
    CountDownLatch[] events = new CountDownLatch[EVENTS.length];
    // A new recording ends the previous chunk, and jfr view only knows the event types of the first
    // chunk. The types are therefore registered before.
    for (int i = 0; i < 3000 && !registered(); i++) {
      work(cache, log);
      Thread.sleep(10);
    }
    try (RecordingStream stream = new RecordingStream()) {
      for (int i = 0; i < EVENTS.length; i++) {
        CountDownLatch event = new CountDownLatch(1);
        events[i] = event;
        stream.enable(EVENTS[i]).withPeriod(Duration.ofMillis(50));
        stream.onEvent(EVENTS[i], _ -> event.countDown());
      }
      stream.startAsync();
      boolean seen = true;
      for (CountDownLatch event : events) {
        for (int i = 0; i < 300 && !event.await(100, TimeUnit.MILLISECONDS); i++) {
          work(cache, log);
        }
        seen &= event.getCount() == 0;
      }
      return seen;
    }
  }

  private static boolean registered() {
    return FlightRecorder.getFlightRecorder().getEventTypes().stream()
        .anyMatch(type -> type.getName().equals(EVENTS[EVENTS.length - 1]));
  }

  private static void work(TaggedHeap cache, TaggedHeap log) {
    fill(cache);
    fill(cache);
    try {
      log.deallocate(log.allocate(2 << 20, 16), 2 << 20, 16);
    } catch (OutOfMemoryError e) {
      // expected: the event is to be recorded
    }
  }

  private static void fill(TaggedHeap cache) {
    cache.allocate(256 << 10, 16);
  }
}
