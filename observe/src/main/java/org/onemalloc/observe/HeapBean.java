package org.onemalloc.observe;

import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.JMException;
import javax.management.MBeanNotificationInfo;
import javax.management.Notification;
import javax.management.NotificationBroadcasterSupport;
import javax.management.ObjectName;
import org.onemalloc.Heap;
import org.onemalloc.HeapStatistics;
import org.onemalloc.Usage;

/** The MXBean of the heap. It also sends the notifications. */
final class HeapBean extends NotificationBroadcasterSupport implements HeapMXBean {
  private final AtomicLong sequence = new AtomicLong();

  private HeapBean() {
    super(
        new MBeanNotificationInfo(
            new String[] {LIMIT, PRESSURE, FINDING},
            Notification.class.getName(),
            "a limit refused a call, a tag is under pressure, or checked mode found a mistake"));
  }

  static HeapBean register() {
    HeapBean bean = new HeapBean();
    try {
      ManagementFactory.getPlatformMBeanServer().registerMBean(bean, new ObjectName(NAME));
      return bean;
    } catch (JMException e) {
      throw new IllegalStateException("The bean " + NAME + " cannot be registered.", e);
    }
  }

  @Override
  public Snapshot getSnapshot() {
    HeapStatistics now = Heap.statistics();
    HeapStatistics.Provider provider = now.provider();
    return new Snapshot(
        (now.allocator() + " " + now.version()).strip(),
        Heap.binding().file().toString(),
        now.liveBytes(),
        !now.threads().isEmpty(),
        provider.allocated().orElse(-1),
        provider.active().orElse(-1),
        provider.resident().orElse(-1),
        provider.retained().orElse(-1),
        now.escapedBytes().orElse(-1),
        now.caches().bytes(),
        now.caches().threads(),
        now.tags().stream().map(HeapBean::of).toList(),
        now.sizes().stream().map(s -> new SizeUsage(s.upTo(), s.bytes(), s.blocks())).toList(),
        now.threads().stream()
            .map(t -> new ThreadUsage(t.name(), t.id(), t.allocatedBytes(), t.freedBytes()))
            .toList());
  }

  private static TagUsage of(Usage usage) {
    return new TagUsage(
        usage.tag(), usage.bytes(), usage.blocks(), usage.totalBytes(), usage.limit().orElse(-1));
  }

  @Override
  public String getBinding() {
    return Heap.binding().toString();
  }

  @Override
  public void purge() {
    Heap.purge();
  }

  @Override
  public void limit(String tag, long bytes) {
    Heap.tagged(tag).limit(bytes);
  }

  void limitReached(Usage usage, long bytes) {
    send(
        LIMIT,
        usage.tag()
            + " has "
            + usage.totalBytes()
            + " bytes and is limited to "
            + usage.limit().orElse(-1)
            + ": "
            + bytes
            + " more bytes were refused.",
        usage.tag());
  }

  void pressure(Usage usage, long bytes) {
    send(
        PRESSURE,
        usage.tag()
            + " has "
            + usage.totalBytes()
            + " bytes and reached the pressure threshold of "
            + bytes
            + " bytes.",
        usage.tag());
  }

  void found(String kind, String report) {
    send(FINDING, report, kind);
  }

  private void send(String type, String message, String userData) {
    Notification notification = new Notification(type, NAME, sequence.incrementAndGet(), message);
    notification.setUserData(userData);
    sendNotification(notification);
  }
}
