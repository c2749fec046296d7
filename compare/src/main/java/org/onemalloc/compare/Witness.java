package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.onemalloc.compare.process.ProcessTree.Member;
import org.onemalloc.inspect.process.GlibcHeap;
import org.onemalloc.inspect.process.MallocProvider;
import org.onemalloc.inspect.process.MallocProviders;

/**
 * Inspects the live processes of a run. It checks that the expected allocator provides malloc in
 * each of them, and that glibc's own heap stays empty if another allocator is expected. The
 * loader's report before the start covers only the bindings of the first program. An inspection
 * also covers functions that are bound in other ways (dlsym, RTLD_DEEPBIND) and processes that
 * preloading does not reach (a static program, a setuid program, a child of a script that sets
 * LD_PRELOAD).
 *
 * <p>A finding against a run counts only if a second inspection confirms it, because a process may
 * execute another program, or end, during the first.
 */
final class Witness {
  /** A process is inspected when it is new, and then in every tenth sample. */
  private static final int LOOK_EVERY = 10;

  /**
   * The number of consecutive samples without a result after which a process is reported as
   * unknown.
   */
  private static final int PATIENCE = 30;

  /**
   * The same if access is refused. A process refuses access briefly during execve, and a setuid
   * program permanently.
   */
  private static final int PATIENCE_WHERE_REFUSED = 2;

  private final Expectation expectation;
  private final MallocProviders providers;
  private final Map<Id, Integer> looked = new HashMap<>();
  private final Map<Id, Doubt> doubts = new HashMap<>();
  private final Set<Id> seen = new HashSet<>();
  private final Set<Id> proven = new HashSet<>();
  private final Map<Long, String> failures = new LinkedHashMap<>();
  private final Set<String> unseen = new LinkedHashSet<>();
  private final Map<String, Set<String>> served = new TreeMap<>();
  private final Set<Path> javaHomes = new LinkedHashSet<>();
  private int looks;
  private boolean gauged;
  private long glibcBytes;
  private int recorded;
  private String record = "";

  /** A process during the execution of one program. */
  private record Id(long pid, long started, String name) {
    static Id of(Member member) {
      return new Id(member.pid(), member.started(), member.name());
    }

    @Override
    public String toString() {
      return name + " (pid " + pid + ")";
    }
  }

  /**
   * The reason why a process is not proven, the number of samples with that result, and the number
   * after which it counts.
   */
  private record Doubt(String sentence, int times, int patience) {
    /** Returns whether an immediate second inspection confirms it. */
    boolean isCertain() {
      return patience == 1;
    }
  }

  /**
   * Creates a witness of one run.
   *
   * @param expectation the expected provider of malloc
   * @param providers determines the actual provider; kept from run to run
   */
  Witness(Expectation expectation, MallocProviders providers) {
    this.expectation = expectation;
    this.providers = providers;
  }

  /** Inspects the processes of one sample. */
  void look(List<Member> members) {
    for (Member member : members) {
      Id id = Id.of(member);
      seen.add(id);
      int times = looked.getOrDefault(id, 0);
      if (times % LOOK_EVERY != 0) {
        looked.put(id, times + 1);
        continue;
      }
      Optional<Doubt> doubt = look(id);
      if (doubt.isPresent() && doubt.get().isCertain()) {
        doubt = look(id);
      }
      doubt.ifPresentOrElse(reason -> doubt(id, reason), () -> looked.put(id, times + 1));
    }
  }

  private void doubt(Id id, Doubt reason) {
    int times = doubts.containsKey(id) ? doubts.get(id).times() + 1 : 1;
    doubts.put(id, new Doubt(reason.sentence(), times, reason.patience()));
    if (times >= reason.patience() && !reason.sentence().isEmpty()) {
      failures.put(id.pid(), reason.sentence());
      looked.put(id, 1);
    }
  }

  /** Inspects a process; empty if it is as expected. */
  private Optional<Doubt> look(Id id) {
    MallocProvider provider;
    try {
      provider = providers.of(id.pid());
    } catch (AccessDeniedException e) {
      return expectation.isAnything()
          ? Optional.empty()
          : Optional.of(
              new Doubt(
                  id + " may not be looked at: what it allocates with is unknown.",
                  0,
                  PATIENCE_WHERE_REFUSED));
    } catch (IOException e) {
      return ended();
    }
    if (!provider.javaHome().isEmpty()) {
      javaHomes.add(Path.of(provider.javaHome()));
    }
    Optional<Doubt> doubt = judge(id, provider);
    if (doubt.isEmpty()) {
      looks++;
      proven.add(id);
      doubts.remove(id);
      served(provider, id.name());
    }
    return doubt;
  }

  private Optional<Doubt> judge(Id id, MallocProvider provider) {
    switch (provider.kind()) {
      case NOT_YET -> {
        return uncertain(
            "What " + id + " allocates with is unknown: its loader had not mapped its C library.");
      }
      case UNKNOWN -> {
        return expectation.isAnything()
            ? Optional.empty()
            : certain("What " + id + " allocates with is unknown: " + provider.reason() + ".");
      }
      default -> {}
    }
    Optional<String> contradiction = expectation.contradiction(id.toString(), provider);
    return contradiction.isPresent() ? certain(contradiction.get()) : gauge(id, provider);
  }

  /** Reads the size of glibc's own heap, which must be empty if another allocator is expected. */
  private Optional<Doubt> gauge(Id id, MallocProvider provider) {
    if (provider.kind() == MallocProvider.Kind.STATIC_GLIBC || expectation.isAnything()) {
      return Optional.empty();
    }
    Optional<GlibcHeap> heap;
    try {
      heap = GlibcHeap.of(id.pid());
    } catch (AccessDeniedException e) {
      return expectation.isLibrary()
          ? certain(
              "Whether glibc's own heap is empty in "
                  + id
                  + " is unknown: this user may not read its memory (kernel.yama.ptrace_scope).")
          : Optional.empty();
    } catch (IOException e) {
      return ended();
    }
    if (heap.isEmpty() || heap.get().systemBytes().isEmpty()) {
      return expectation.isLibrary()
          ? uncertain(
              "Whether glibc's own heap is empty in "
                  + id
                  + " is unknown: the layout of malloc in its version of glibc was not recognised.")
          : Optional.empty();
    }
    long bytes = heap.get().systemBytes().getAsLong();
    gauged = true;
    glibcBytes = Math.max(glibcBytes, bytes);
    return expectation.isLibrary() && bytes > 0
        ? certain(
            "%s also allocates with glibc's malloc, which holds %.1f MiB."
                .formatted(id, bytes / 1048576.0))
        : Optional.empty();
  }

  private static Optional<Doubt> certain(String sentence) {
    return Optional.of(new Doubt(sentence, 0, 1));
  }

  private static Optional<Doubt> uncertain(String sentence) {
    return Optional.of(new Doubt(sentence, 0, PATIENCE));
  }

  private static Optional<Doubt> ended() {
    return Optional.of(new Doubt("", 0, PATIENCE));
  }

  /**
   * Adds the recorded programs of the whole run, so that those without an inspection are judged
   * too.
   *
   * @param history the history of the run, closed
   */
  void complete(ProgramHistory history) {
    if (history.refusal().isPresent()) {
      unseen.add(
          "What its processes executed between two looks is unknown, for the kernel tells it to root"
              + " and CAP_PERFMON, or where kernel.perf_event_paranoid is 2 or less ("
              + history.refusal().get()
              + ").");
      return;
    }
    for (ProgramHistory.Program program : history.programs()) {
      judge(program);
    }
    if (history.programs().isEmpty()) {
      unseen.add("The kernel's record of the run is empty.");
    }
    if (history.lost() > 0) {
      unseen.add(
          "The kernel had no room for %d events of its record: programs may be missing."
              .formatted(history.lost()));
    }
    record =
        "The kernel's record has %s in %s, of which %d were served as expected."
            .formatted(
                counted(history.programs().size(), "program", "programs"),
                counted(history.processes(), "process", "processes"),
                recorded);
  }

  private void unseen(ProgramHistory.Program program, String subject, String reason) {
    boolean met =
        proven.stream()
            .anyMatch(id -> id.pid() == program.pid() && id.name().equals(program.name()));
    if (!met && !expectation.isAnything()) {
      unseen.add("What " + subject + " allocated with is unknown: " + reason + ".");
    }
  }

  private void judge(ProgramHistory.Program program) {
    MallocProvider provider = program.provider();
    String subject = program.name() + " (pid " + program.pid() + ")";
    switch (provider.kind()) {
      case NOT_YET -> unseen(program, subject, "the kernel's record shows no library of it");
      case UNKNOWN -> unseen(program, subject, provider.reason());
      default -> {
        Optional<String> contradiction = expectation.contradiction(subject, provider);
        if (contradiction.isPresent()) {
          failures.putIfAbsent(program.pid(), contradiction.get());
        } else {
          recorded++;
          served(provider, program.name());
        }
      }
    }
  }

  private static String counted(int count, String one, String many) {
    return count + " " + (count == 1 ? one : many);
  }

  private void served(MallocProvider provider, String name) {
    served.computeIfAbsent(Expectation.describe(provider), file -> new TreeSet<>()).add(name);
  }

  /** Returns one sentence for each thing that neither an inspection nor the history showed. */
  List<String> unseen() {
    return List.copyOf(unseen);
  }

  /** Returns one sentence for each process that is not as expected. */
  List<String> failures() {
    return List.copyOf(failures.values());
  }

  /** Returns the evidence, one sentence each. */
  List<String> evidence() {
    List<String> evidence = new ArrayList<>();
    served.forEach(
        (file, names) -> evidence.add(file + " served " + String.join(", ", names) + "."));
    if (!record.isEmpty()) {
      evidence.add(record);
    }
    evidence.add(
        "While they ran, %d of %d processes that were met were shown to be as expected, in %d looks."
            .formatted(proven.size(), seen.size(), looks));
    if (gauged) {
      evidence.add(
          expectation.isLibrary()
              ? "glibc's own heap held %d bytes.".formatted(glibcBytes)
              : "glibc's own heap held up to %.1f MiB.".formatted(glibcBytes / 1048576.0));
    } else if (expectation.isLibrary()) {
      evidence.add("Whether glibc's own heap stayed empty is not known: no look came in time.");
    }
    return evidence;
  }

  /** Returns the providers of malloc, each with the names of the programs that it served. */
  Map<String, Set<String>> served() {
    return served;
  }

  /** Returns the Java images to which processes of the run belong. */
  Set<Path> javaHomes() {
    return javaHomes;
  }
}
