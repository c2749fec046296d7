package org.onemalloc.profile;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.onemalloc.text.GivenEnvironment;

/**
 * Profiles the native memory of a Java program, from its start or while it runs.
 *
 * <p>Each call creates its recording in a temporary directory and deletes it at the end.
 * Thread-safe.
 */
public final class Profiler {
  private Profiler() {}

  /**
   * Runs a command until it ends, with the agent in every JVM that it starts. The command shares
   * this process's standard streams. The agent is loaded through JAVA_TOOL_OPTIONS, which each JVM
   * reports on standard error. On SIGINT or SIGTERM to this process, the command is ended too, and
   * the profile is still reported.
   *
   * @param command the program and its arguments
   * @param every the bytes allocated between two samples, at least 1; 1 for every block
   * @param report receives the profile
   * @return the command's exit code, or 128 + the signal's number if a signal ended it
   * @throws ProfileException if the command cannot be started, or started no JVM
   */
  public static int run(List<String> command, long every, Consumer<Profile> report) {
    // Counted down after the directory was removed: this process may end then.
    CountDownLatch done = new CountDownLatch(1);
    try {
      return RecordingDirectory.use(directory -> run(directory, command, every, report, done));
    } finally {
      done.countDown();
    }
  }

  private static int run(
      Path directory,
      List<String> command,
      long every,
      Consumer<Profile> report,
      CountDownLatch done)
      throws IOException, InterruptedException {
    String record = directory.resolve("%p.jfr").toString();
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    GivenEnvironment.giveBack(builder.environment());
    String own = builder.environment().getOrDefault("JAVA_TOOL_OPTIONS", "");
    String agent = "-agentpath:" + Agent.library() + "=" + Agent.start(every, record);
    builder.environment().put("JAVA_TOOL_OPTIONS", (own + " " + agent).strip());
    Process process = start(builder);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> endAndAwait(process, done)));
    try (HeldMemory held = new HeldMemory(process)) {
      int exitCode = process.waitFor();
      report.accept(Records.largest(directory, String.join(" ", command), every, held));
      return exitCode;
    }
  }

  private static void endAndAwait(Process process, CountDownLatch done) {
    process.destroy();
    await(done);
  }

  private static void forget(Thread hook) {
    try {
      boolean _ = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // This process has begun to end, and the hook ends at once.
    }
  }

  private static void await(CountDownLatch reported) {
    try {
      reported.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Profiles a running JVM for a given time, or until SIGINT or SIGTERM to this process. The agent
   * stays loaded afterwards, but inactive. The JVM reports on standard error that an agent was
   * loaded.
   *
   * @param pid the process id of a JVM of this user
   * @param duration the time for which to record
   * @param every the bytes allocated between two samples, at least 1; 1 for every block
   * @param report receives the profile
   * @throws ProfileException if the process is not a JVM of this user, cannot be attached to, or
   *     ended before it was recorded
   */
  public static void attach(long pid, Duration duration, long every, Consumer<Profile> report) {
    CompletableFuture<Void> interrupted = new CompletableFuture<>();
    CountDownLatch reported = new CountDownLatch(1);
    Thread atTheEnd =
        new Thread(
            () -> {
              interrupted.complete(null);
              await(reported);
            });
    Runtime.getRuntime().addShutdownHook(atTheEnd);
    try {
      report.accept(recorded(pid, duration, every, interrupted));
    } finally {
      reported.countDown();
      if (!interrupted.isDone()) {
        forget(atTheEnd);
      }
    }
  }

  private static Profile recorded(
      long pid, Duration duration, long every, CompletableFuture<Void> interrupted) {
    return RecordingDirectory.use(
        directory -> {
          Path record = directory.resolve(pid + ".jfr");
          String library = Agent.library().toString();
          HeldMemory.Held held;
          List<String> notes = new ArrayList<>(List.of(Records.NOT_SEEN));
          try (AttachedJvm jvm = AttachedJvm.of(pid)) {
            jvm.load(library, Agent.start(every, record.toString()));
            boolean ended = awaitEnd(pid, duration, interrupted);
            held = HeldMemory.of(pid);
            held.note().ifPresent(notes::add);
            if (ended) {
              notes.add("Process %d ended before the end of the recording.".formatted(pid));
            } else {
              if (interrupted.isDone()) {
                notes.add("The recording was interrupted; this is what it has until then.");
              }
              jvm.load(library, Agent.stop(record.toString()));
            }
          }
          return Records.profile("process " + pid, record, every, held.bytes(), notes);
        });
  }

  /**
   * Waits for a given time, until the process ends, or until the recording is interrupted. Returns
   * whether the process ended.
   */
  private static boolean awaitEnd(long pid, Duration duration, CompletableFuture<Void> interrupted)
      throws InterruptedException {
    Optional<ProcessHandle> process = ProcessHandle.of(pid);
    try {
      CompletableFuture<ProcessHandle> end = process.orElseThrow().onExit();
      var _ =
          CompletableFuture.anyOf(end, interrupted).get(duration.toNanos(), TimeUnit.NANOSECONDS);
      return end.isDone();
    } catch (NoSuchElementException | ExecutionException e) {
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  private static Process start(ProcessBuilder builder) {
    try {
      return builder.start();
    } catch (IOException e) {
      throw new ProfileException(
          "%s cannot be started: %s.".formatted(builder.command().getFirst(), e.getMessage()), e);
    }
  }
}
