package org.onemalloc.compare;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.compare.Run.Outcome;
import org.onemalloc.compare.Run.Proof;
import org.onemalloc.compare.Run.Usage;
import org.onemalloc.compare.process.Environ;
import org.onemalloc.compare.process.OwnProcess;
import org.onemalloc.compare.process.Posix;
import org.onemalloc.compare.process.ProcessMemory;
import org.onemalloc.compare.process.ProcessTree;
import org.onemalloc.compare.process.ResourceUsage;
import org.onemalloc.compare.process.Watchdog;
import org.onemalloc.inspect.process.GlibcHeap;

/** Runs a prepared command once and measures its whole process tree. */
final class Measurement implements AutoCloseable {
  private static final int MESSAGE_LINES = 15;
  private static final long OUTPUT_BYTES = 1 << 20;

  private final Path directory;
  private final Watchdog watchdog;
  private final boolean gauge = GlibcHeap.verified();
  private final long intervalNanos;
  private final long idleNanos;
  private final Set<Path> javaHomes = new LinkedHashSet<>();
  private volatile int group;
  private volatile boolean interrupted;

  /**
   * Measures runs.
   *
   * @param directory for the outputs of the runs; it must exist, and is removed at the end
   * @param intervalNanos the time between two samples
   * @param idleNanos how long a program must rest before it is ended; 0 to wait for its own end
   */
  Measurement(Path directory, long intervalNanos, long idleNanos) {
    this.directory = directory;
    this.watchdog = new Watchdog(directory);
    this.intervalNanos = intervalNanos;
    this.idleNanos = idleNanos;
  }

  /**
   * Runs a command once.
   *
   * @param ready the command, prepared
   * @param round the round it belongs to; 0 for the warm-up
   * @param statistics whether the allocator may be asked to print its own figures at the end
   */
  Run once(Preparation ready, int round, boolean statistics) {
    Path output = directory.resolve("output");
    Path phases = directory.resolve("phases");
    truncate(output);
    truncate(phases);
    Map<String, String> changes = new HashMap<>(ready.environment());
    changes.put(Watchdog.MARK, watchdog.mark());
    changes.put("ONEMALLOC_PHASES", phases.toString());
    if (statistics) {
      AllocatorReport.request(ready.allocator(), changes);
    }
    Witness witness = new Witness(ready.allocator().library(), gauge);
    long started = System.nanoTime();
    int pid = spawn(ready, changes, output);
    group = pid;
    watchdog.guard(pid);
    if (interrupted) {
      Posix.killGroup(pid, Posix.SIGKILL);
    }
    Sampler sampler = new Sampler(pid, started, intervalNanos, idleNanos, phases, witness);
    sampler.start();
    // After the start, when this process's peak is no lower than what the child may have inherited.
    long ownPeak = ProcessMemory.of(ProcessHandle.current().pid()).peakRssBytes();
    Posix.Ended ended = Posix.await(pid);
    long wall = System.nanoTime() - started;
    sampler.stop();
    endStragglers(pid);
    javaHomes.addAll(witness.javaHomes());
    return new Run(
        ready.name().text(),
        round,
        outcome(ended, sampler.endedByRest(), output),
        proof(ready, witness),
        usage(ended.usage(), wall, sampler, ownPeak),
        sampler.endRssBytes(),
        sampler.idleRssBytes(),
        sampler.samples(),
        sampler.phases(),
        statistics ? AllocatorReport.read(ready.allocator(), end(output)) : Optional.empty());
  }

  /** Ends the current run, and every later one at its start. Called by another thread. */
  void interrupt() {
    interrupted = true;
    int running = group;
    if (running != 0) {
      Posix.killGroup(running, Posix.SIGKILL);
    }
  }

  /** The Java images that the runs so far turned out to start. */
  Set<Path> javaHomes() {
    return javaHomes;
  }

  boolean interrupted() {
    return interrupted;
  }

  private static int spawn(Preparation ready, Map<String, String> changes, Path output) {
    Posix.closeOnExec(OwnProcess.descriptors());
    try {
      return Posix.spawn(
          ready.program().file().toString(),
          ready.arguments(),
          Environ.inheritedWith(changes),
          output.toString());
    } catch (Posix.PosixException e) {
      throw CommandException.unusable(e.getMessage() + ".");
    }
  }

  /**
   * What a command left behind would disturb the next run, or serve it: a build's daemon, started
   * under one allocator, would do the work of them all. It has left the group, so its environment
   * gives it away.
   */
  private void endStragglers(int pid) {
    Posix.killGroup(pid, Posix.SIGKILL);
    ProcessTree.marked(Watchdog.MARK + "=" + watchdog.mark()).forEach(Posix::kill);
    group = 0;
    watchdog.guard(0);
  }

  /** However a program ends that was ended by us, its work was done. */
  private static Outcome outcome(Posix.Ended ended, boolean rested, Path output) {
    int code = ended.exitCode();
    if (code == 0 || rested) {
      return new Outcome(code, true, "");
    }
    List<String> lines = end(output).lines().toList();
    List<String> last = lines.subList(Math.max(0, lines.size() - MESSAGE_LINES), lines.size());
    return new Outcome(code, false, String.join("\n", last));
  }

  private static Proof proof(Preparation ready, Witness witness) {
    List<String> evidence = new ArrayList<>(ready.proof().evidence());
    evidence.addAll(witness.evidence());
    List<String> failures = new ArrayList<>(ready.proof().failures());
    failures.addAll(witness.failures());
    return new Proof(failures.isEmpty(), evidence, failures);
  }

  private static Usage usage(ResourceUsage kernel, long wall, Sampler sampler, long ownPeak) {
    long peak = peak(kernel.maxRssBytes(), ownPeak, sampler.peakRssBytes());
    long peakPss = sampler.samples().stream().mapToLong(Run.Sample::pssBytes).max().orElse(0);
    return new Usage(
        wall,
        kernel.userNanos(),
        kernel.systemNanos(),
        peak,
        peakPss,
        kernel.minorFaults(),
        kernel.majorFaults(),
        kernel.voluntarySwitches(),
        kernel.involuntarySwitches());
  }

  /**
   * The kernel's own peak of a child is exact but never below this process's own, whose address
   * space the child shared until it execed; below that, the sampled peak is all there is. The
   * kernel keeps that number in counters of its CPUs and sums them up only roughly, so that the two
   * readings of one peak differ by a few pages.
   *
   * @return bytes; 0 where nothing is known of the child
   */
  static long peak(long kernel, long own, long sampled) {
    boolean childs = kernel > own + own / 16;
    return childs ? Math.max(kernel, sampled) : sampled;
  }

  private static void truncate(Path file) {
    try {
      Files.write(file, new byte[0]);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be written", e);
    }
  }

  /** The last part of what a run printed: enough for the last lines and for an account. */
  private static String end(Path output) {
    try (RandomAccessFile file = new RandomAccessFile(output.toFile(), "r")) {
      byte[] last = new byte[(int) Math.min(file.length(), OUTPUT_BYTES)];
      file.seek(file.length() - last.length);
      file.readFully(last);
      return new String(last, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(output + " cannot be read", e);
    }
  }

  @Override
  public void close() {
    watchdog.close();
  }
}
