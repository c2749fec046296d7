package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.onemalloc.inspect.process.GlibcHeap;

/**
 * Reads the size of glibc's own heap in the processes of a run. If another allocator is expected,
 * the heap must stay empty; that is proven only by looks that succeeded, and that came late enough.
 * A size that is unknown is not zero.
 */
final class HeapGauge {
  /** A run of which more than half, and more than this, came after the last look is not proven. */
  private static final long LATE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A doubt counts from here on: a process that has just started is not relocated yet. */
  private static final int CONFIRMED = 2;

  private static final int MOST_NAMES = 3;

  private final Expectation expectation;
  private final Map<Long, Doubt> open = new HashMap<>();
  private OptionalLong lastNanos = OptionalLong.empty();
  private final Set<String> ofMusl = new LinkedHashSet<>();
  private boolean lookedAtGlibc;
  private long most;

  HeapGauge(Expectation expectation) {
    this.expectation = expectation;
  }

  /** Notes a process of musl, whose own heap nothing measures from outside. */
  void unmeasured(String name) {
    ofMusl.add(name);
  }

  /**
   * Reads the heap of a process that glibc or a library serves.
   *
   * @param name the process, for the user
   * @param nanos the time of the look
   * @return what speaks against the process, or is not known of it
   */
  Optional<Doubt> look(long pid, String name, long nanos) {
    lookedAtGlibc = true;
    Optional<Doubt> doubt = read(pid, name, nanos);
    if (doubt.isEmpty()) {
      open.remove(pid);
    } else if (!doubt.get().isCertain() && !doubt.get().sentence().isEmpty()) {
      open.merge(pid, doubt.get().after(null), (before, _) -> doubt.get().after(before));
    }
    return doubt;
  }

  private Optional<Doubt> read(long pid, String name, long nanos) {
    Optional<GlibcHeap> heap;
    try {
      heap = GlibcHeap.of(pid);
    } catch (AccessDeniedException e) {
      return expectation.isLibrary()
          ? Doubt.certain(
              unknown(name, "this user may not read its memory (kernel.yama.ptrace_scope)"))
          : Optional.empty();
    } catch (IOException e) {
      return Doubt.ended();
    }
    long least = heap.map(GlibcHeap::leastBytes).orElse(0L);
    OptionalLong held = heap.map(GlibcHeap::heldBytes).orElse(OptionalLong.empty());
    most = Math.max(most, least);
    if (held.isPresent()) {
      lastNanos = OptionalLong.of(nanos);
    }
    if (!expectation.isLibrary()) {
      return Optional.empty();
    }
    if (least > 0) {
      return Doubt.certain(
          "%s also allocates with glibc's malloc, which holds %.1f MiB."
              .formatted(name, least / 1048576.0));
    }
    return held.isPresent()
        ? Optional.empty()
        : Doubt.uncertain(
            unknown(name, heap.flatMap(GlibcHeap::unknown).orElse("it has no glibc mapped")));
  }

  private static String unknown(String name, String why) {
    return "Whether glibc's own heap is empty in " + name + " is unknown: " + why + ".";
  }

  /**
   * Adds what no look has shown of the run.
   *
   * @param started when the run started
   * @param ended when it ended
   */
  void complete(Findings findings, long started, long ended) {
    if (!expectation.isLibrary()) {
      return;
    }
    open.values().stream()
        .filter(doubt -> doubt.times() >= CONFIRMED)
        .forEach(doubt -> findings.unseen(doubt.sentence()));
    if (!ofMusl.isEmpty()) {
      findings.unseen(
          "Whether musl's own heap stayed empty in %s is unknown: nothing measures it from outside."
              .formatted(
                  ofMusl.size() <= MOST_NAMES
                      ? String.join(" and ", ofMusl)
                      : ofMusl.size() + " processes"));
    }
    if (lastNanos.isEmpty() && !lookedAtGlibc && !ofMusl.isEmpty()) {
      return;
    }
    if (lastNanos.isEmpty()) {
      findings.unseen("Whether glibc's own heap stayed empty is unknown: no look came in time.");
    } else {
      long after = ended - lastNanos.getAsLong();
      if (after > LATE_NANOS && after > (ended - started) / 2) {
        findings.unseen(
            "Whether glibc's own heap stayed empty in the last %.1f s is unknown: no look came in time."
                .formatted(after / 1e9));
      }
    }
  }

  /** Returns what the looks have shown, in a sentence; empty if there was none. */
  Optional<String> evidence() {
    if (lastNanos.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        expectation.isLibrary()
            ? "glibc's own heap held %d bytes.".formatted(most)
            : "glibc's own heap held up to %.1f MiB.".formatted(most / 1048576.0));
  }
}
