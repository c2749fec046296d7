package org.onemalloc.probe;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.onemalloc.probe.allocator.Bindings;

/**
 * Which allocator serves this process, proven from inside: where the references of all loaded
 * objects to {@code malloc}, {@code free} and the like lead, as the loader has set them, and that
 * glibc's own heap is empty beside another allocator.
 *
 * @param allocator {@code system} for glibc, or {@code mimalloc}, {@code jemalloc}, {@code
 *     tcmalloc}, {@code snmalloc}, {@code other}; empty if it is unknown
 * @param provider the file that serves libjvm's {@code malloc}; empty if it is unknown
 * @param isProven whether the provider is known, no call leads elsewhere, and nothing was left
 *     unseen
 * @param evidence one sentence for each check that passed
 * @param failures one sentence for each call that leads elsewhere, and for memory in glibc's heap
 * @param unseen one sentence for each check that could not be made
 * @param glibcBytes what glibc's own heap holds; empty if it is unknown
 */
public record AllocatorProof(
    String allocator,
    String provider,
    boolean isProven,
    List<String> evidence,
    List<String> failures,
    List<String> unseen,
    OptionalLong glibcBytes) {

  /** The names that an expectation can have, beside the path of a library. */
  public static final Set<String> NAMES =
      Set.of("system", "mimalloc", "jemalloc", "tcmalloc", "snmalloc");

  private static final Bindings.Known KNOWN = new Bindings.Known();

  /** Copies the lists. */
  public AllocatorProof {
    evidence = List.copyOf(evidence);
    failures = List.copyOf(failures);
    unseen = List.copyOf(unseen);
  }

  /**
   * Examines this process. The first time takes some 300 ms of CPU time, later ones some 20 ms, and
   * a process that is not proven is looked at again for 0.6 s, because the loader may be loading a
   * library meanwhile. Thread-safe; never throws.
   *
   * @return what was found
   */
  public static AllocatorProof ofThisProcess() {
    Bindings found;
    synchronized (KNOWN) {
      found = Bindings.ofThisProcess(KNOWN);
    }
    return new AllocatorProof(
        found.allocator(),
        found.provider(),
        found.proven(),
        found.evidence(),
        found.failures(),
        found.unseen(),
        found.glibcBytes());
  }

  /**
   * Returns why the process is not proven to run on an allocator: the rule of {@code onemalloc
   * inspect --expect}.
   *
   * @param expected one of {@link #NAMES}, or the path of a library
   * @return a sentence; empty if it is proven
   */
  public Optional<String> doubt(String expected) {
    boolean isIt = expected.equals(allocator) || isAt(expected);
    return isIt && isProven
        ? Optional.empty()
        : Optional.of(
            "This process (pid %d) is not proven to run on %s: %s"
                .formatted(ProcessHandle.current().pid(), expected, what()));
  }

  /**
   * Returns what serves {@code malloc}.
   *
   * @return a sentence without the name of the process
   */
  public String what() {
    if (provider.isEmpty()) {
      return "what serves its malloc is unknown: " + unseen.get(0);
    }
    String known =
        (allocator.equals("other") ? provider : allocator + " in " + provider)
            + " serves its malloc";
    if (failures.isEmpty()) {
      return known + (unseen.isEmpty() ? "." : ", but " + unseen.get(0));
    }
    return known + ", but " + failures.get(0);
  }

  /** The kernel names the target of a link. */
  private boolean isAt(String expected) {
    try {
      return expected.startsWith("/")
          && (expected.equals(provider)
              || Path.of(expected).toRealPath().toString().equals(provider));
    } catch (IOException | InvalidPathException e) {
      return false;
    }
  }
}
