package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.onemalloc.text.KernelLines;
import org.onemalloc.text.Owners;

/**
 * The owner of a process. A JVM of another user is not connected to, not even by root: its answers,
 * and the files and sockets of the connection, are under that user's control.
 */
public final class ProcessOwner {
  private ProcessOwner() {}

  /**
   * Returns whether a process belongs to this user only. Its status is read, not the owner of its
   * directory in /proc, which is root for any process that hides its memory (proc(5)).
   *
   * @param pid the process id
   * @return true if its real, effective, saved and file system user ids are all the effective user
   *     id of this process; also false if it has ended or may not be examined
   */
  public static boolean isThisUser(long pid) {
    try {
      Set<String> users = new HashSet<>(users(Long.toString(pid)));
      String ours = users("self").get(1);
      // In a user namespace, the processes of all users whom it does not know show one id.
      boolean known = Owners.ofThisProcess().contains(Long.parseLong(ours));
      return known && users.equals(Set.of(ours));
    } catch (IOException | IndexOutOfBoundsException e) {
      return false;
    }
  }

  /** Returns the real, effective, saved and file system user ids (proc_pid_status(5)). */
  private static List<String> users(String pid) throws IOException {
    Path status = Path.of("/proc", pid, "status");
    return KernelLines.of(status).stream()
        .filter(line -> line.startsWith("Uid:"))
        .map(line -> List.of(line.substring(4).strip().split("\\s+")))
        .findFirst()
        .orElseThrow(() -> new IOException("no user in " + status));
  }
}
