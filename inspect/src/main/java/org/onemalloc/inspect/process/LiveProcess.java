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
 * A live process as it was seen from outside. It was neither stopped nor attached to.
 *
 * @param parts its modules in the order of loading, the program first
 * @param expected libraries that are not in it yet and that it opens by itself when it needs them
 * @param state what is not in the modules
 * @param environment the whole environment it was started with: not for showing, it may have
 *     secrets
 * @param pageSize bytes of a page of its kernel; empty where it could not be read
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
   * What is to be judged together: what is in it, and what it will open.
   *
   * @return the parts, then those expected
   */
  public List<Part> all() {
    return Stream.concat(parts.stream(), expected.stream()).toList();
  }

  /**
   * Looks at a process.
   *
   * @param pid its process id
   * @param attach whether to ask a Java virtual machine in it too, through jcmd
   * @param notes called with a sentence on each thing that could not be seen
   * @return what it is made of
   * @throws InspectException if there is no such process, it is a thread of the kernel, it may not
   *     be looked at, or it ends meanwhile
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
          "Process %d (%s) belongs to %s and may not be looked at: run onemalloc as that user or as root."
              .formatted(pid, files.name(), files.owner()));
    } catch (IOException e) {
      throw new InspectException(
          files.exist()
              ? "Process %d (%s) cannot be read: %s.".formatted(pid, files.name(), e.getMessage())
              : "Process " + pid + " ended while it was looked at.");
    }
  }
}
