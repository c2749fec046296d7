package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.compare.process.ProcessMemory;
import org.onemalloc.compare.process.ProcessTree.Member;
import org.onemalloc.compare.process.StartedWith;
import org.onemalloc.inspect.process.MallocProvider;
import org.onemalloc.inspect.process.MallocProvider.Kind;
import org.onemalloc.inspect.process.MallocProviders;
import org.onemalloc.text.Text;

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
  private final Expectation expectation;
  private final ProcessCheck check;
  private final MallocProviders providers;
  private final Findings findings = new Findings();
  private final HeapGauge gauge;
  private final Map<Id, Look> looked = new HashMap<>();
  private final Map<Id, Doubt> doubts = new HashMap<>();
  private final Set<Id> seen = new HashSet<>();
  private final Set<Id> proven = new HashSet<>();
  private final Set<Id> withSettings = new HashSet<>();
  private final Set<Path> javaHomes = new LinkedHashSet<>();
  private int looks;
  private String record = "";

  /** A process during the execution of one program. */
  private record Id(long pid, long started, String name) {
    static Id of(Member member) {
      return new Id(member.pid(), member.started(), member.name());
    }

    /** Returns false if the process lives and executes another program than when it was listed. */
    boolean isCurrent() {
      try {
        Path comm = Path.of("/proc", Long.toString(pid), "comm");
        return Files.readString(comm).equals(name + "\n");
      } catch (IOException e) {
        return true; // it has ended, or its name is not in UTF-8: what was seen of it counts
      }
    }

    @Override
    public String toString() {
      return Text.escaped(name) + " (pid " + pid + ")";
    }
  }

  /**
   * Creates a witness of one run.
   *
   * @param check the expected provider of malloc, and the settings of the variant
   * @param providers determines the actual provider; kept from run to run
   */
  Witness(ProcessCheck check, MallocProviders providers) {
    this.check = check;
    this.expectation = check.expectation();
    this.gauge = new HeapGauge(expectation);
    this.providers = providers;
  }

  /**
   * Inspects the processes of one sample, as far as they are due.
   *
   * @param now the time, in nanoseconds on the clock of {@link System#nanoTime}
   */
  void look(List<Member> members, long now) {
    for (Member member : members) {
      Id id = Id.of(member);
      seen.add(id);
      Look last = looked.get(id);
      if (last != null && !last.isOutdated(member, now)) {
        continue;
      }
      Optional<Doubt> doubt = look(id, now);
      if (doubt.isPresent() && doubt.get().isCertain()) {
        doubt = look(id, now);
      }
      if (doubt.isPresent() && !id.isCurrent()) {
        continue; // it executes another program now, which is looked at by its own name
      }
      if (doubt.isEmpty() || counts(id, doubt.get())) {
        looked.put(id, new Look(now, member.residentPages()));
      }
    }
  }

  /** Adds a doubt, and returns whether it now counts against the run. */
  private boolean counts(Id id, Doubt reason) {
    Doubt doubt = reason.after(doubts.get(id));
    doubts.put(id, doubt);
    boolean counts = doubt.times() >= doubt.patience() && !doubt.sentence().isEmpty();
    if (counts) {
      findings.fail(id.pid(), doubt.sentence());
    }
    return counts;
  }

  /** Inspects a process; empty if it is as expected. */
  private Optional<Doubt> look(Id id, long now) {
    MallocProvider provider;
    try {
      provider = providers.of(id.pid());
    } catch (AccessDeniedException e) {
      return expectation.isAnything()
          ? Optional.empty()
          : Doubt.refused(id + " may not be inspected: what it allocates with is unknown.");
    } catch (IOException e) {
      return Doubt.ended();
    }
    if (!provider.javaHome().isEmpty()) {
      javaHomes.add(Path.of(provider.javaHome()));
    }
    if (isWrapper(id, provider)) {
      findings.wrapper(id.name());
      return Optional.empty();
    }
    Optional<Doubt> doubt = judge(id, provider, now);
    if (doubt.isEmpty()) {
      looks++;
      proven.add(id);
      doubts.remove(id);
      findings.served(provider, id.name());
    }
    return doubt;
  }

  private boolean isWrapper(Id id, MallocProvider provider) {
    if (expectation.isAnything()
        || !StaticWrapper.isStatic(provider)
        || ProcessMemory.counted(id.pid()).peakRssBytes() > StaticWrapper.MOST_BYTES) {
      return false;
    }
    try {
      Optional<StartedWith> given = StartedWith.of(id.pid());
      return given.isPresent() && StaticWrapper.is(provider, given);
    } catch (IOException e) {
      return false; // it has ended, which judging it will find too
    }
  }

  private Optional<Doubt> judge(Id id, MallocProvider provider, long now) {
    switch (provider.kind()) {
      case NOT_YET -> {
        return Doubt.uncertain(
            "What " + id + " allocates with is unknown: its loader had not mapped its C library.");
      }
      case UNKNOWN -> {
        return expectation.isAnything()
            ? Optional.empty()
            : Doubt.certain(
                "What " + id + " allocates with is unknown: " + provider.reason() + ".");
      }
      default -> {}
    }
    boolean java = !provider.javaHome().isEmpty();
    Optional<StartedWith> given;
    try {
      given = StartedWith.of(id.pid());
    } catch (IOException e) {
      return Doubt.ended();
    }
    Optional<String> contradiction = check.contradiction(id.toString(), provider, given, java);
    if (contradiction.isPresent()) {
      return Doubt.certain(contradiction.get());
    }
    if (given.isPresent()) {
      withSettings.add(id);
      check.settings().unread(id.toString(), given.get(), java).ifPresent(findings::unseen);
    }
    if (!expectation.isAnything()) {
      findings.inspected(id.pid(), id.toString(), provider);
    }
    if (provider.ofMusl() && !expectation.isAnything()) {
      gauge.unmeasured(id.toString());
      return Optional.empty();
    }
    return provider.kind() == Kind.STATIC_GLIBC
            || provider.kind() == Kind.STATIC_NONE
            || expectation.isAnything()
        ? Optional.empty()
        : gauge.look(id.pid(), id.toString(), now);
  }

  /**
   * Adds the recorded programs of the whole run, so that those without an inspection are judged
   * too, and what no inspection has shown.
   *
   * @param history the history of the run, closed
   * @param started when the run started, in nanoseconds on the clock of {@link System#nanoTime}
   * @param ended when it ended
   */
  void complete(ProgramHistory history, long started, long ended) {
    gauge.complete(findings, started, ended);
    record =
        new RecordReview(check, findings, program -> met(proven, program))
            .review(history, program -> met(withSettings, program));
  }

  private static boolean met(Set<Id> ids, ProgramHistory.Program program) {
    return ids.stream()
        .anyMatch(id -> id.pid() == program.pid() && id.name().equals(program.name()));
  }

  /** Returns the failures, and what was not seen. */
  Findings findings() {
    return findings;
  }

  /** Returns the evidence, one sentence each. */
  List<String> evidence() {
    List<String> evidence = new ArrayList<>();
    findings
        .served()
        .forEach((file, names) -> evidence.add(file + " served " + String.join(", ", names) + "."));
    if (!record.isEmpty()) {
      evidence.add(record);
    }
    evidence.add(
        "While they ran, %d of the %d processes that were seen were as expected, in %d looks."
            .formatted(proven.size(), seen.size(), looks));
    if (!findings.wrappers().isEmpty()) {
      evidence.add(
          "Not on an allocator of the run, for they are statically linked and only start another"
              + " program, which is judged in their place: "
              + String.join(", ", findings.wrappers())
              + ".");
    }
    gauge.evidence().ifPresent(evidence::add);
    return evidence;
  }

  /** Returns the Java images to which processes of the run belong. */
  Set<Path> javaHomes() {
    return javaHomes;
  }
}
