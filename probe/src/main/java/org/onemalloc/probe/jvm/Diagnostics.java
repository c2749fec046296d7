package org.onemalloc.probe.jvm;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** Asks this virtual machine what {@code jcmd} would ask it. Thread-safe. */
final class Diagnostics {
  private static final String BEAN = "com.sun.management:type=DiagnosticCommand";

  private Diagnostics() {}

  /**
   * Runs a command.
   *
   * @param command its name as an operation of the MBean: {@code vmInfo} for {@code VM.info}
   * @param arguments its arguments; none only for a command that takes none
   * @return its output; empty if this virtual machine does not have the command, or refuses it
   */
  static String ask(String command, String... arguments) {
    boolean takesAny = arguments.length > 0;
    Object[] parameters =
        takesAny ? new Object[] {Arrays.copyOf(arguments, arguments.length)} : null;
    String[] signature = takesAny ? new String[] {String[].class.getName()} : null;
    try {
      MBeanServer server = ManagementFactory.getPlatformMBeanServer();
      Object answer = server.invoke(new ObjectName(BEAN), command, parameters, signature);
      return answer == null ? "" : answer.toString();
    } catch (JMException | RuntimeException e) {
      return ""; // a runtime image without jdk.management, or another virtual machine than HotSpot
    }
  }
}
