package org.onemalloc.compare.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.onemalloc.text.Text;

/**
 * One run of a server under load: waits until the server is ready, runs the load, reads its
 * figures, and lets the server rest. The caller starts and ends the server.
 *
 * <p>A run that did no work must not count. So a server that is not ready in time or ends too
 * early, a load that fails, and a figure that is missing are failures. Confined to one thread.
 */
public final class LoadSession {
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** How many of the last lines of a command a message has. */
  private static final int LINES = 10;

  private final ServerLoad plan;
  private final Surroundings surroundings;

  /** A part of a session that is a command of the shell. */
  public enum Part {
    /** What comes before each start of the server. */
    BEFORE("The command before the server"),
    /** The load. */
    LOAD("The load");

    private final String title;

    Part(String title) {
      this.title = title;
    }
  }

  /** The run that a session is a part of. */
  public interface Surroundings {
    /** Returns whether the server, or a process that it started, runs. */
    boolean isServerRunning();

    /** Returns what the server has printed since the last call, whole lines. */
    String newOutput();

    /** Marks the beginning of a phase, and returns once the memory was read after it. */
    void mark(String phase);

    /** Returns whether the user wants to stop. */
    boolean isInterrupted();

    /** Starts a command of the shell outside of what is measured. */
    Running start(Part part, String command);

    /** Returns what a part has printed since it was started last. */
    String output(Part part);

    /** Returns the lines that the load has written to the file for figures since its start. */
    String figures();
  }

  /** A command that runs in a process group of its own. */
  public interface Running {
    /** Returns the exit code if the command has ended. */
    OptionalInt exitCode();

    /** Kills what is left of its group. */
    void kill();
  }

  /**
   * The result of a session.
   *
   * @param loadNanos how long the load ran; 0 if it was not started
   * @param figures what it reported; the mean where it was repeated
   * @param failure why the run does not count: a sentence, and what was printed last; empty if it
   *     does
   */
  public record Result(long loadNanos, List<Measured> figures, Optional<String> failure) {
    private static Result failed(String why) {
      return new Result(0, List.of(), Optional.of(why));
    }
  }

  /**
   * Creates a session.
   *
   * @param plan what to do
   * @param surroundings the run
   */
  public LoadSession(ServerLoad plan, Surroundings surroundings) {
    this.plan = plan;
    this.surroundings = surroundings;
  }

  /**
   * Prepares a start of the server: runs the command that must come before it, and looks whether
   * another server answers in its place.
   *
   * @return why the server cannot be started; empty if it can
   */
  public Optional<String> prepare() {
    if (plan.before().isPresent()) {
      int code = finish(surroundings.start(Part.BEFORE, plan.before().get()), false);
      if (code != 0) {
        return Optional.of(failed(Part.BEFORE, code));
      }
    }
    return plan.ready().isShared() && plan.ready().holds("")
        ? Optional.of(
            plan.ready()
                + " answers before the server is started: end the server that uses it, or choose"
                + " another port.")
        : Optional.empty();
  }

  /**
   * Uses the server, which has been started.
   *
   * @return the result
   */
  public Result use() {
    try {
      return used();
    } catch (BoundedText.SearchException e) {
      return Result.failed(e.getMessage());
    }
  }

  private Result used() {
    Optional<String> notReady = awaitReady();
    if (notReady.isPresent()) {
      return Result.failed(notReady.get());
    }
    surroundings.mark("load");
    long started = System.nanoTime();
    FigureMeans figures = new FigureMeans();
    Optional<String> failure;
    boolean again;
    do {
      List<HistogramLog.Awaited> logs =
          plan.histograms().stream().map(HistogramLog::await).toList();
      int code = finish(surroundings.start(Part.LOAD, plan.load()), true);
      again =
          System.nanoTime() - started < plan.length().toNanos()
              && code == 0
              && !surroundings.isInterrupted();
      if (!again) {
        surroundings.mark("end"); // which looks at the processes of the server, too
      }
      failure = afterLoad(code, logs, figures);
    } while (again && failure.isEmpty());
    long nanos = System.nanoTime() - started;
    if (failure.isPresent()) {
      return Result.failed(failure.get());
    }
    if (!rest()) {
      return Result.failed("The server ended while it was at rest.");
    }
    return new Result(nanos, figures.means(), Optional.empty());
  }

  /** Reads the figures of a load that has ended; returns why the run does not count. */
  private Optional<String> afterLoad(
      int code, List<HistogramLog.Awaited> logs, FigureMeans figures) {
    if (!surroundings.isServerRunning()) {
      return Optional.of("The server ended while it was under load.");
    }
    if (code != 0) {
      return Optional.of(failed(Part.LOAD, code));
    }
    Map<String, Measured> reported = new LinkedHashMap<>();
    List<String> missing = new ArrayList<>();
    read(reported, missing);
    if (!missing.isEmpty()) {
      return Optional.of(
          "The load did not report "
              + String.join(", ", missing)
              + ", so its work is not known.\n"
              + last(Part.LOAD));
    }
    try {
      for (HistogramLog.Awaited log : logs) {
        log.figures().forEach(figure -> reported.put(figure.name(), figure));
      }
    } catch (HistogramLog.UnusableException e) {
      return Optional.of(e.getMessage());
    }
    figures.add(reported.values());
    return Optional.empty();
  }

  private Optional<String> awaitReady() {
    long until = System.nanoTime() + plan.within().toNanos();
    while (!plan.ready().holds(surroundings.newOutput())) {
      if (surroundings.isInterrupted()) {
        return Optional.of("It was interrupted.");
      }
      if (!surroundings.isServerRunning()) {
        return Optional.of("The server ended before it was ready.");
      }
      if (System.nanoTime() > until) {
        return Optional.of(
            "The server was not ready within "
                + plan.within().toSeconds()
                + " s ("
                + plan.ready()
                + "); --ready-within gives it more time.");
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return Optional.empty();
  }

  /** Waits until a command has ended, and returns its exit code. */
  private int finish(Running command, boolean needsServer) {
    OptionalInt code = command.exitCode();
    while (code.isEmpty()) {
      if (surroundings.isInterrupted() || (needsServer && !surroundings.isServerRunning())) {
        command.kill();
      }
      LockSupport.parkNanos(POLL_NANOS);
      code = command.exitCode();
    }
    command.kill();
    return code.getAsInt();
  }

  private String failed(Part part, int code) {
    return part.title + " failed with exit code " + code + ".\n" + last(part);
  }

  private String last(Part part) {
    return Text.lastLines(surroundings.output(part), LINES);
  }

  /** Reads the figures: recognised ones, those of the file, and those that the user named. */
  private void read(Map<String, Measured> figures, List<String> missing) {
    String output = surroundings.output(Part.LOAD);
    LoadFigures.in(output).forEach(figure -> figures.put(figure.name(), figure));
    LoadFigures.ofFile(surroundings.figures())
        .forEach(figure -> figures.put(figure.name(), figure));
    for (FigurePattern pattern : plan.figures()) {
      pattern
          .in(output)
          .ifPresentOrElse(
              figure -> figures.put(figure.name(), figure), () -> missing.add(pattern.name()));
    }
  }

  /** Returns whether the server still runs after its rest. */
  private boolean rest() {
    if (plan.rest().equals(Duration.ZERO)) {
      return true;
    }
    long until = System.nanoTime() + plan.rest().toNanos();
    while (System.nanoTime() < until
        && surroundings.isServerRunning()
        && !surroundings.isInterrupted()) {
      LockSupport.parkNanos(POLL_NANOS);
    }
    surroundings.mark("idle");
    return surroundings.isServerRunning();
  }
}
