import java.lang.management.ManagementFactory;
import java.util.Map;
import javax.management.JMX;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.TabularData;

/** A program beside the agent: it prints what the bean says, and ends. */
final class Beside {
  public static void main(String[] arguments) throws Exception {
    System.out.println("main");
    var server = ManagementFactory.getPlatformMBeanServer();
    ObjectName name = new ObjectName("org.onemalloc:type=NativeMemory");
    if (arguments.length > 0) {
      System.out.println("waiting");
      while (System.in.read() >= 0) {}
    }
    if (!server.isRegistered(name)) {
      System.out.println("no bean");
      return;
    }
    long sum = 0;
    for (Object row : ((TabularData) server.getAttribute(name, "Kinds")).values()) {
      sum += (Long) ((CompositeData) row).get("value");
    }
    System.out.println("sum " + (sum == (Long) server.getAttribute(name, "ResidentBytes")));
    System.out.println("allocator " + server.getAttribute(name, "Allocator"));
    System.out.println("proven " + server.getAttribute(name, "Proven"));
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().contains("onemalloc")) {
        System.out.println("thread " + thread.getName());
      }
    }
  }
}
