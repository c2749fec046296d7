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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.onemalloc.inspect.process.ProcessOwner;
import org.onemalloc.text.GivenEnvironment;
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
          + " through the Foreign Function and Memory API's lookups, this project's Heap among them,"
          + " and those of an allocator linked into a library for its own use.";

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
    return inTemporaryDirectory(
        directory -> {
          String record = directory.resolve("%p.jfr").toString();
          ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
          GivenEnvironment.giveBack(builder.environment());
          String own = builder.environment().getOrDefault("JAVA_TOOL_OPTIONS", "");
          String agent = "-agentpath:" + Agent.library() + "=" + Agent.start(every, record);
          builder.environment().put("JAVA_TOOL_OPTIONS", (own + " " + agent).strip());
          CountDownLatch reported = new CountDownLatch(1);
          Process process = start(builder);
          Runtime.getRuntime().addShutdownHook(new Thread(() -> endAndAwait(process, reported)));
          try (HeldMemory held = new HeldMemory(process)) {
            int exitCode = process.waitFor();
            report.accept(largest(directory, String.join(" ", command), every, held));
            return exitCode;
          } finally {
            reported.countDown();
          }
        });
  }

  private static void endAndAwait(Process process, CountDownLatch reported) {
    process.destroy();
    try {
      reported.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Profiles a running JVM for a given time. The agent stays loaded afterwards, but inactive. The
   * JVM reports on standard error that an agent was loaded.
   *
   * @param pid the process id of a JVM of this user
   * @param duration the time for which to record
   * @param every the bytes allocated between two samples, at least 1; 1 for every block
   * @throws ProfileException if the process is not a JVM of this user, cannot be attached to, or
   *     ended before it was recorded
   */
  public static Profile attach(long pid, Duration duration, long every) {
    return inTemporaryDirectory(
        directory -> {
          Path record = directory.resolve(pid + ".jfr");
          String library = Agent.library().toString();
          OptionalLong held;
          List<String> notes = new ArrayList<>(List.of(NOT_SEEN));
          VirtualMachine target = target(pid);
          try {
            load(target, library, Agent.start(every, record.toString()));
            boolean ended = awaitEnd(pid, duration);
            held = HeldMemory.of(pid);
            if (ended) {
              notes.add("Process %d ended before the time was over.".formatted(pid));
            } else {
              load(target, library, Agent.stop(record.toString()));
            }
          } catch (AgentLoadException | AgentInitializationException e) {
            throw new ProfileException(
                "The profiler could not start in process %d (%s): it may have one already."
                    .formatted(pid, e.getMessage()),
                e);
          } catch (IOException e) {
            throw new ProfileException(
                "Process %d could not be profiled to the end (%s): it ended, or answers no longer."
                    .formatted(pid, e.getMessage()),
                e);
          } finally {
            detach(target);
          }
          return profile("process " + pid, record, every, held, notes);
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

  /** Waits for a given time, or until the process ends. Returns whether it ended. */
  private static boolean awaitEnd(long pid, Duration duration) throws InterruptedException {
    Optional<ProcessHandle> process = ProcessHandle.of(pid);
    try {
      var _ = process.orElseThrow().onExit().get(duration.toNanos(), TimeUnit.NANOSECONDS);
      return true;
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

  private static boolean runsJvm(long pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/maps"), StandardCharsets.ISO_8859_1)
          .contains("/libjvm.so");
    } catch (IOException e) {
      return true; // It ended, or hides its mappings: attaching says so.
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
    // To attach is to send SIGQUIT, by which many servers end.
    if (!runsJvm(pid)) {
      throw new ProfileException("Process %d is not a JVM: it has no libjvm.so.".formatted(pid));
    }
    try {
      return VirtualMachine.attach(Long.toString(pid));
    } catch (AttachNotSupportedException | IOException e) {
      throw new ProfileException(
          "Process %d cannot be attached to: it is not a JVM, or it refuses (%s)."
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
              + " left no record: it did not start a JVM, was killed before it could write one, or could"
              + " not write to %s; other programs are for `compare`.".formatted(directory));
    }
    List<String> notes = new ArrayList<>(List.of(NOT_SEEN));
    ProfileException unreadable = null;
    for (Path record : records) {
      try {
        Profile profile = profile(command, record, every, held.lastOf(processOf(record)), notes);
        return records.size() == 1
            ? profile
            : profile.with(
                "%d JVMs were recorded; this is the one with the largest record."
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
      throw new ProfileException(subject + " left no record: it could not write " + record + ".");
    }
    try {
      return Profile.of(subject, record, every, held, notes);
    } catch (IOException | RuntimeException e) {
      throw new ProfileException(
          "%s left a record of %d bytes that is not whole: it was killed, or there was no room in %s (%d MB are free): set TMPDIR to a directory with room."
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
                        "The record cannot be kept in %s: the profiler cannot be told of a directory with such characters in its name, or other users could exchange the record there; set TMPDIR to another."
                            .formatted(first)));
    return Files.createTempDirectory(parent, "onemalloc-profile-");
  }

  private static <T> T inTemporaryDirectory(Work<T> work) {
    Path directory = null;
    try {
      directory = temporaryDirectory();
      return work.in(directory);
    } catch (IOException e) {
      throw new ProfileException(
          "The record cannot be kept in %s (%s): set TMPDIR to a directory of yours with room."
              .formatted(
                  directory == null ? System.getProperty("java.io.tmpdir") : directory,
                  e.getMessage()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProfileException("The profile was interrupted.", e);
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
