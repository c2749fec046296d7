package org.onemalloc.top;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * The bean of the heap in a JVM of this user, through the JDK's own local management agent. No code
 * of this project is loaded into it.
 */
final class HeapConnection implements AutoCloseable {
  private static final String BEAN = "org.onemalloc:type=Heap";

  private final JMXConnector connector;
  private final MBeanServerConnection server;
  private final ObjectName bean;

  private HeapConnection(JMXConnector connector) throws IOException, JMException {
    this.connector = connector;
    this.server = connector.getMBeanServerConnection();
    this.bean = new ObjectName(BEAN);
  }

  /** Connects; empty, with a note why, if the JVM cannot be asked or shows no heap. */
  @SuppressWarnings("BanJNDI") // the address comes from a JVM of this very user
  static Optional<HeapConnection> to(long pid, Consumer<String> notes) {
    try {
      VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
      String url;
      try {
        url = machine.startLocalManagementAgent();
      } finally {
        machine.detach();
      }
      HeapConnection connection =
          new HeapConnection(JMXConnectorFactory.connect(new JMXServiceURL(url)));
      if (connection.server.isRegistered(connection.bean)) {
        return Optional.of(connection);
      }
      connection.close();
      notes.accept(
          "This JVM shows no heap of onemalloc: if it uses one, start it with onemalloc-observe on"
              + " its path and -Donemalloc.observe=on.");
    } catch (AttachNotSupportedException | IOException | JMException e) {
      notes.accept("This JVM could not be asked: " + reason(e) + ".");
    }
    return Optional.empty();
  }

  private static String reason(Exception e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    String line = message.lines().findFirst().orElse(message);
    return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
  }

  HeapView read() throws IOException {
    try {
      return HeapView.of((CompositeData) server.getAttribute(bean, "Snapshot"));
    } catch (InstanceNotFoundException e) {
      throw new IOException("the bean is gone", e);
    } catch (JMException e) {
      throw new IOException(reason(e), e);
    }
  }

  @Override
  public void close() {
    try {
      connector.close();
    } catch (IOException e) {
      // the JVM has ended, and the connection with it
    }
  }
}
