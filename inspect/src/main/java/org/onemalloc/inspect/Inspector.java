package org.onemalloc.inspect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.onemalloc.inspect.hazard.Hazards;
import org.onemalloc.inspect.hazard.Part;
import org.onemalloc.inspect.hazard.Subject;
import org.onemalloc.inspect.process.LiveHazards;
import org.onemalloc.inspect.process.LiveProcess;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.InspectException;
import org.onemalloc.inspect.result.Inspection;

/** Inspects programs, libraries, images, archives and processes. */
public final class Inspector {
  private static final Comparator<Hazard> WORST_FIRST =
      Comparator.comparing(Hazard::severity).reversed();

  private Inspector() {}

  /**
   * What to inspect.
   *
   * @param paths programs, libraries, Java images, directories and archives that belong together:
   *     the first program or image is the host, all others are its guests
   * @param preloads libraries that are assumed to be preloaded
   */
  public record Request(List<Path> paths, List<Path> preloads) {
    public Request {
      paths = List.copyOf(paths);
      preloads = List.copyOf(preloads);
    }
  }

  /**
   * Predicts all bindings, from files only.
   *
   * @param request at least one path
   * @return what was found
   * @throws InspectException if a path cannot be used
   * @throws org.onemalloc.objectfile.ObjectFileException if a single file is damaged
   * @throws IOException if a path cannot be read
   */
  public static Inspection predict(Request request) throws IOException {
    try {
      return predictAll(request);
    } catch (OutOfMemoryError e) {
      throw new InspectException(
          "%s needs more than the %d MB of memory that this command may use: set ONEMALLOC_JAVA_OPTIONS=-Xmx4g, or inspect fewer files at once."
              .formatted(names(request), Runtime.getRuntime().maxMemory() >> 20));
    }
  }

  private static String names(Request request) {
    return String.join(" ", request.paths().stream().map(Path::toString).toList());
  }

  private static Inspection predictAll(Request request) throws IOException {
    Prediction prediction = new Prediction(request.preloads());
    for (Path path : request.paths()) {
      if (path.toString().isEmpty()) {
        throw new InspectException(
            "A name is empty: give a file, a directory or a process id (. is this directory).");
      }
      if (!Files.exists(path)) {
        throw new InspectException("There is no file " + path + ".");
      }
      prediction.add(path);
    }
    List<Part> parts = prediction.parts();
    List<String> lookups = prediction.javaLookups();
    if (parts.isEmpty() && lookups.isEmpty()) {
      throw new InspectException(nothing(request.paths().getFirst(), prediction.notes()));
    }
    List<Hazard> hazards = new ArrayList<>(prediction.startHazards());
    hazards.addAll(Hazards.of(Subject.of(parts, lookups)));
    hazards.sort(WORST_FIRST);
    return new Inspection(
        names(request),
        parts.stream().filter(prediction::isShown).map(Part::module).toList(),
        hazards,
        Optional.empty(),
        prediction.notes());
  }

  /** Of a directory, one of its files that was not looked at is no reason in itself. */
  private static String nothing(Path path, List<String> notes) {
    if (notes.isEmpty()) {
      return path + " has no native code in it: nothing to inspect.";
    }
    if (!Files.isDirectory(path)) {
      return notes.getFirst();
    }
    String files = notes.size() == 1 ? "one file" : notes.size() + " files";
    return "%s has no native code in what was looked at: nothing to inspect. Not looked at: %s (%s)"
        .formatted(path, files, notes.getFirst());
  }

  /**
   * Inspects a live process without stopping it.
   *
   * @param pid its process id
   * @param attach whether to also ask a Java virtual machine in it, which runs code in it
   * @return what was found
   * @throws InspectException if it does not exist or may not be inspected
   */
  public static Inspection observe(long pid, boolean attach) {
    List<String> notes = new ArrayList<>();
    LiveProcess process = LiveProcess.of(pid, attach, notes::add);
    List<Hazard> hazards =
        new ArrayList<>(
            Hazards.of(
                new Subject(
                    process.all(),
                    true,
                    process.state().command(),
                    process.environment(),
                    process.pageSize(),
                    List.of())));
    Inspection seen =
        new Inspection(
            "process " + pid,
            process.parts().stream().map(Part::module).toList(),
            hazards,
            Optional.of(process.state()),
            notes);
    hazards.addAll(LiveHazards.of(process, seen.processHeap()));
    hazards.sort(WORST_FIRST);
    return new Inspection(seen.subject(), seen.modules(), hazards, seen.live(), notes);
  }
}
