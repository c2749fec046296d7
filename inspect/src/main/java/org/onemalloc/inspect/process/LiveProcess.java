package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.onemalloc.inspect.hazard.Part;
import org.onemalloc.inspect.result.InspectException;
import org.onemalloc.inspect.result.LiveState;

/**
 * A live process as seen from outside. It was neither stopped nor attached to.
 *
 * @param parts its modules in the order of loading, the program first
 * @param expected libraries that are not in it yet, and that it opens when it needs them
 * @param state what is known in addition to the modules
 * @param environment the whole environment it was started with, which must not be shown, because it
 *     may contain secrets
 * @param pageSize the page size of its kernel in bytes; empty if it could not be read
 */
public record LiveProcess(
    List<Part> parts,
    List<Part> expected,
    LiveState state,
    Map<String, String> environment,
    OptionalLong pageSize) {
  public LiveProcess {
    parts = List.copyOf(parts);
    expected = List.copyOf(expected);
    environment = Map.copyOf(environment);
  }

  /**
   * Returns the parts that are judged together: those in the process, and those that it will open.
   *
   * @return the parts, then the expected ones
   */
  public List<Part> all() {
    return Stream.concat(parts.stream(), expected.stream()).toList();
  }

  /**
   * Examines a process.
   *
   * @param pid its process id
   * @param attach whether to also ask a Java virtual machine in it, through jcmd
   * @param notes receives a sentence for each part that could not be examined
   * @return the process
   * @throws InspectException if there is no such process, it is a kernel thread, it may not be
   *     examined, or it ends meanwhile
   */
  public static LiveProcess of(long pid, boolean attach, Consumer<String> notes) {
    ProcessFiles files = new ProcessFiles(pid);
    if (!files.exist()) {
      throw new InspectException("There is no process " + pid + ".");
    }
    try {
      return new ProcessReader(files, notes).read(attach);
    } catch (AccessDeniedException e) {
      throw new InspectException(
          "Process %d (%s) belongs to %s and may not be inspected: run onemalloc as that user or as root."
              .formatted(pid, files.name(), files.owner()));
    } catch (IOException e) {
      throw new InspectException(
          files.exist()
              ? "Process %d (%s) cannot be read: %s.".formatted(pid, files.name(), e.getMessage())
              : "Process " + pid + " ended while it was inspected.");
    }
  }
}
