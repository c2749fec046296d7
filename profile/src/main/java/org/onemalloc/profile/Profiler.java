package org.onemalloc.profile;

import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.onemalloc.inspect.process.ProcessOwner;
import org.onemalloc.text.GivenEnvironment;
import org.onemalloc.text.OutputException;
import org.onemalloc.text.TemporaryFiles;

/**
 * Profiles the native memory of a Java program, from its start or while it runs.
 *
 * <p>Each call creates its recording in a temporary directory and deletes it at the end.
 * Thread-safe.
 */
public final class Profiler {
  /**
   * A note on the allocations that async-profiler does not see, because it replaces entries of
   * import tables.
   */
  private static final String NOT_SEEN =
      "Not seen: allocations that do not go through a library's import table, such as those made"
          + " through the Foreign Function and Memory API's lookups, those of onemalloc's Heap"
          + " among them,"
          + " and those of an allocator linked into a library for its own use.";

  /** The newest JDK that scripts/matrix profiles. */
  private static final int NEWEST_JDK = 27;

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
      return inTemporaryDirectory(directory -> run(directory, command, every, report, done));
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
      report.accept(largest(directory, String.join(" ", command), every, held));
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
    return inTemporaryDirectory(
        directory -> {
          Path record = directory.resolve(pid + ".jfr");
          String library = Agent.library().toString();
          HeldMemory.Held held;
          List<String> notes = new ArrayList<>(List.of(NOT_SEEN));
          VirtualMachine target = target(pid);
          try {
            load(target, library, Agent.start(every, record.toString()));
            boolean ended = awaitEnd(pid, duration, interrupted);
            held = HeldMemory.of(pid);
            held.note().ifPresent(notes::add);
            if (ended) {
              notes.add("Process %d ended before the end of the recording.".formatted(pid));
            } else {
              if (interrupted.isDone()) {
                notes.add("The recording was interrupted; this is what it has until then.");
              }
              load(target, library, Agent.stop(record.toString()));
            }
          } catch (AgentLoadException | AgentInitializationException e) {
            throw new ProfileException(
                "The profiler could not start in process %d (%s): another profiler may be active there."
                    .formatted(pid, e.getMessage()),
                e);
          } catch (IOException e) {
            throw new ProfileException(
                "Process %d could not be profiled to the end (%s): it ended, or it no longer responds."
                    .formatted(pid, e.getMessage()),
                e);
          } finally {
            detach(target);
          }
          return profile("process " + pid, record, every, held.bytes(), notes);
        });
  }

  /**
   * Loads the agent. A JVM of JDK 8 answers with the agent's result alone, which newer JDKs take
   * for a failure; 0 means success (jvmti.h, JNI_OK).
   */
  private static void load(VirtualMachine target, String library, String options)
      throws IOException, AgentLoadException, AgentInitializationException {
    try {
      target.loadAgentPath(library, options);
    } catch (AgentLoadException e) {
      if (!isSuccess(e.getMessage())) {
        throw e;
      }
    }
  }

  /** Returns whether an answer comes from a JVM of JDK 8 that has loaded the agent. */
  static boolean isSuccess(String answer) {
    return answer != null && answer.matches("(Failed to load agent library: )?0");
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

  private static void detach(VirtualMachine target) {
    try {
      target.detach();
    } catch (IOException _) {
      // The JVM has ended.
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

  /** To attach is to send SIGQUIT, by which many servers end: what is unknown is refused. */
  private static void requireJvm(long pid) {
    String mappings;
    try {
      mappings = Files.readString(Path.of("/proc/" + pid + "/maps"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new ProfileException(
          "Process %d may not be inspected, so it is not known whether it is a JVM, and attaching could end it: run onemalloc as root, in a container with CAP_SYS_PTRACE."
              .formatted(pid),
          e);
    }
    if (!mappings.contains("/libjvm.so")) {
      throw new ProfileException("Process %d is not a JVM: it has no libjvm.so.".formatted(pid));
    }
  }

  /**
   * Refuses a JVM that is newer than those with which the profiler was seen to work: it reads the
   * inside of the JVM, and a build of JDK 28 crashed.
   */
  private static void requireKnown(long pid, VirtualMachine target) throws IOException {
    String release = target.getSystemProperties().getProperty("java.specification.version", "");
    if (release.matches("[0-9]{2,9}") && Integer.parseInt(release) > NEWEST_JDK) {
      detach(target);
      throw new ProfileException(
          "Process %d runs JDK %s, and the profiler is known to work up to JDK %d; a newer JVM might crash."
              .formatted(pid, release, NEWEST_JDK));
    }
  }

  private static VirtualMachine target(long pid) {
    if (!Files.isDirectory(Path.of("/proc/" + pid))) {
      throw new ProfileException("There is no process %d.".formatted(pid));
    }
    if (!ProcessOwner.isThisUser(pid)) {
      throw new ProfileException(
          "Process %d is another user's: run onemalloc profile as that user.".formatted(pid));
    }
    requireJvm(pid);
    try {
      VirtualMachine target = VirtualMachine.attach(Long.toString(pid));
      requireKnown(pid, target);
      return target;
    } catch (AttachNotSupportedException | IOException e) {
      throw new ProfileException(
          "Process %d is not a JVM, or does not accept attaching (%s)."
              .formatted(pid, e.getMessage()),
          e);
    }
  }

  /**
   * Returns the profile of the largest recording. If a command starts several JVMs, that is the one
   * that matters.
   */
  private static Profile largest(Path directory, String command, long every, HeldMemory held)
      throws IOException {
    List<Path> records;
    try (Stream<Path> files = Files.list(directory)) {
      records = files.sorted(Comparator.comparingLong(Profiler::size).reversed()).toList();
    }
    if (records.isEmpty()) {
      throw new ProfileException(
          command
              + " left no recording: it did not start a JVM, was killed before it could write one, or could not write to %s; use onemalloc compare for other programs."
                  .formatted(directory));
    }
    List<String> notes = new ArrayList<>(List.of(NOT_SEEN));
    ProfileException unreadable = null;
    for (Path record : records) {
      try {
        HeldMemory.Held last = held.lastOf(processOf(record));
        last.note().ifPresent(notes::add);
        Profile profile = profile(command, record, every, last.bytes(), notes);
        return records.size() == 1
            ? profile
            : profile.with(
                "%d JVMs were recorded; this is the one with the largest recording."
                    .formatted(records.size()));
      } catch (ProfileException e) {
        notes.add(e.getMessage());
        unreadable = unreadable == null ? e : unreadable;
      }
    }
    throw unreadable;
  }

  /** Returns the process id, which the agent puts into the name of a recording. */
  private static long processOf(Path record) {
    String digits = record.getFileName().toString().replaceAll("\\D", "");
    return digits.isEmpty() ? -1 : Long.parseLong(digits);
  }

  /**
   * Reads a recording. The library that parses it expects a complete file, so any of its exceptions
   * is reported as an incomplete recording.
   */
  private static Profile profile(
      String subject, Path record, long every, OptionalLong held, List<String> notes)
      throws IOException {
    if (!Files.exists(record)) {
      throw new ProfileException(
          subject + " left no recording: it could not write " + record + ".");
    }
    try {
      return Profile.of(subject, record, every, held, notes);
    } catch (IOException | RuntimeException e) {
      throw new ProfileException(
          "%s left an incomplete recording of %d bytes: it was killed, or there was no room in %s (%d MB are free): set TMPDIR to a directory with more room."
              .formatted(
                  subject,
                  size(record),
                  record.getParent(),
                  record.toFile().getUsableSpace() >> 20),
          e);
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0; // The file has been deleted.
    }
  }

  private interface Work<T> {
    T in(Path directory) throws IOException, InterruptedException;
  }

  /**
   * Characters that are safe in the agent's options and in JAVA_TOOL_OPTIONS. Commas and spaces are
   * separators there.
   */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9/._+@=:~-]*");

  /**
   * Creates a directory under the first temporary directory whose path the agent's options can
   * contain.
   */
  private static Path temporaryDirectory() throws IOException {
    Path first = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
    Path parent =
        Stream.of(first, Path.of("/tmp"), Path.of("/var/tmp"))
            .filter(path -> PLAIN.matcher(path.toString()).matches() && Files.isWritable(path))
            .filter(path -> TemporaryFiles.exchangeable(path).isEmpty())
            .findFirst()
            .orElseThrow(
                () ->
                    new ProfileException(
                        "The recording cannot be written to %s: its name has characters that the profiler does not accept, or other users could replace the recording there: set TMPDIR to another directory."
                            .formatted(first)));
    return TemporaryFiles.newDirectoryIn(parent, "onemalloc-profile-");
  }

  private static <T> T inTemporaryDirectory(Work<T> work) {
    Path directory = null;
    try {
      directory = temporaryDirectory();
      return work.in(directory);
    } catch (OutputException e) {
      throw new ProfileException(e.getMessage(), e);
    } catch (IOException e) {
      throw new ProfileException(
          "The recording cannot be written to %s (%s): set TMPDIR to a directory of your own with enough room."
              .formatted(
                  directory == null ? System.getProperty("java.io.tmpdir") : directory,
                  e.getMessage()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProfileException("The recording was interrupted.", e);
    } finally {
      delete(directory);
    }
  }

  /**
   * Deletes a directory. A failure is ignored, because the profile matters more than the disk
   * space.
   */
  private static void delete(Path directory) {
    if (directory == null) {
      return;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(directory);
    } catch (IOException _) {
      return;
    }
  }
}
