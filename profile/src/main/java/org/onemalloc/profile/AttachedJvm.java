package org.onemalloc.profile;

import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.onemalloc.inspect.process.ProcessOwner;

/** A running JVM of this user into which the agent is loaded. */
final class AttachedJvm implements AutoCloseable {
  /** The newest JDK that scripts/matrix profiles. */
  private static final int NEWEST_JDK = 27;

  private final long pid;
  private final VirtualMachine target;

  private AttachedJvm(long pid, VirtualMachine target) {
    this.pid = pid;
    this.target = target;
  }

  /**
   * Attaches to a JVM.
   *
   * @throws ProfileException if the process is not a JVM of this user, or cannot be attached to
   */
  static AttachedJvm of(long pid) {
    if (!Files.isDirectory(Path.of("/proc/" + pid))) {
      throw new ProfileException("There is no process %d.".formatted(pid));
    }
    if (!ProcessOwner.isThisUser(pid)) {
      throw new ProfileException(
          "Process %d is another user's: run onemalloc profile as that user.".formatted(pid));
    }
    requireJvm(pid);
    try {
      VirtualMachine target = VirtualMachine.attach(Long.toString(pid));
      requireKnown(pid, target);
      return new AttachedJvm(pid, target);
    } catch (AttachNotSupportedException | IOException e) {
      throw new ProfileException(
          "Process %d is not a JVM, or does not accept attaching (%s)."
              .formatted(pid, e.getMessage()),
          e);
    }
  }

  /** To attach is to send SIGQUIT, by which many servers end: what is unknown is refused. */
  private static void requireJvm(long pid) {
    String mappings;
    try {
      mappings = Files.readString(Path.of("/proc/" + pid + "/maps"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new ProfileException(
          "Process %d may not be inspected, so it is not known whether it is a JVM, and attaching could end it: run onemalloc as root, in a container with CAP_SYS_PTRACE."
              .formatted(pid),
          e);
    }
    if (!mappings.contains("/libjvm.so")) {
      throw new ProfileException("Process %d is not a JVM: it has no libjvm.so.".formatted(pid));
    }
  }

  /**
   * Refuses a JVM that is newer than those with which the profiler was seen to work: it reads the
   * inside of the JVM, and a build of JDK 28 crashed.
   */
  private static void requireKnown(long pid, VirtualMachine target) throws IOException {
    String release = target.getSystemProperties().getProperty("java.specification.version", "");
    if (release.matches("[0-9]{2,9}") && Integer.parseInt(release) > NEWEST_JDK) {
      detach(target);
      throw new ProfileException(
          "Process %d runs JDK %s, and the profiler is known to work up to JDK %d; a newer JVM might crash."
              .formatted(pid, release, NEWEST_JDK));
    }
  }

  /**
   * Loads the agent. A JVM of JDK 8 answers with the agent's result alone, which newer JDKs take
   * for a failure; 0 means success (jvmti.h, JNI_OK).
   *
   * @throws ProfileException if it cannot be loaded
   */
  void load(String library, String options) {
    try {
      target.loadAgentPath(library, options);
    } catch (AgentLoadException e) {
      if (!isSuccess(e.getMessage())) {
        throw busy(e);
      }
    } catch (AgentInitializationException e) {
      throw busy(e);
    } catch (IOException e) {
      throw new ProfileException(
          "Process %d could not be profiled to the end (%s): it ended, or it no longer responds."
              .formatted(pid, e.getMessage()),
          e);
    }
  }

  private ProfileException busy(Exception e) {
    return new ProfileException(
        "The profiler could not start in process %d (%s): another profiler may be active there."
            .formatted(pid, e.getMessage()),
        e);
  }

  /** Returns whether an answer comes from a JVM of JDK 8 that has loaded the agent. */
  static boolean isSuccess(String answer) {
    return answer != null && answer.matches("(Failed to load agent library: )?0");
  }

  @Override
  public void close() {
    detach(target);
  }

  private static void detach(VirtualMachine target) {
    try {
      target.detach();
    } catch (IOException _) {
      // The JVM has ended.
    }
  }
}
