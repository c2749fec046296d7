package org.onemalloc.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.Notification;
import javax.management.NotificationListener;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onemalloc.Heap;
import org.onemalloc.TaggedHeap;

class HeapBeanTest {
  private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
  private ObjectName name;

  @BeforeAll
  static void start() {
    HeapObserver.start();
    HeapObserver.start();
  }

  @BeforeEach
  void setUp() throws Exception {
    name = new ObjectName(HeapMXBean.NAME);
  }

  @Test
  void showsWhatLivesByTag() throws Exception {
    TaggedHeap heap = Heap.tagged("bean/shown");
    long block = heap.allocate(12_345, 8);
    HeapMXBean bean = JMX.newMXBeanProxy(server, name, HeapMXBean.class);
    HeapMXBean.Snapshot snapshot = bean.getSnapshot();
    heap.deallocate(block, 12_345, 8);
    HeapMXBean.TagUsage usage =
        snapshot.tags().stream()
            .filter(tag -> tag.tag().equals("bean/shown"))
            .findFirst()
            .orElseThrow();
    assertEquals(new HeapMXBean.TagUsage("bean/shown", 12_345, 1, 12_345, -1), usage);
    assertTrue(snapshot.allocator().startsWith("glibc"));
    assertTrue(snapshot.allocatedBytes() > 12_345);
    assertEquals(-1, snapshot.escapedBytes());
    assertTrue(bean.getBinding().contains("shared with C"));
  }

  @Test
  void isReadableByToolsThatDoNotKnowItsClasses() throws Exception {
    CompositeData snapshot = (CompositeData) server.getAttribute(name, "Snapshot");
    assertTrue((long) snapshot.get("activeBytes") > 0);
    assertEquals(CompositeData[].class, snapshot.get("tags").getClass());
  }

  @Test
  void notifiesOfLimitsAndPressure() throws Exception {
    BlockingQueue<Notification> told = new LinkedBlockingQueue<>();
    NotificationListener listener = (notification, _) -> told.add(notification);
    server.addNotificationListener(name, listener, null, null);
    TaggedHeap heap = Heap.tagged("bean/limited");
    JMX.newMXBeanProxy(server, name, HeapMXBean.class).limit("bean/limited", 1000);
    assertThrows(OutOfMemoryError.class, () -> heap.allocate(2000, 8));
    Notification limit = told.poll(30, TimeUnit.SECONDS);
    assertEquals(HeapMXBean.LIMIT, limit.getType());
    assertEquals("bean/limited", limit.getUserData());
    assertEquals(
        "bean/limited has 0 bytes and is limited to 1000: 2000 more bytes were refused.",
        limit.getMessage());

    heap.onPressure(500, _ -> {});
    long block = heap.allocate(600, 8);
    Notification pressure = told.poll(30, TimeUnit.SECONDS);
    assertEquals(HeapMXBean.PRESSURE, pressure.getType());
    heap.deallocate(block, 600, 8);
    server.removeNotificationListener(name, listener);
  }

  @Test
  void purges() {
    JMX.newMXBeanProxy(server, name, HeapMXBean.class).purge();
    assertEquals(0, Heap.statistics().caches().depotRows());
  }
}
