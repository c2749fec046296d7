package org.onemalloc.profile;

import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.onemalloc.inspect.process.ProcessOwner;

/**
 * Profiles the native memory of a Java program, from its start or while it runs.
 *
 * <p>Each call makes its record in a temporary directory and deletes it. Calls may be made by
 * several threads.
 */
public final class Profiler {
  /** What async-profiler cannot see: it replaces the entries of import tables. */
  private static final String NOT_SEEN =
      "Not seen: allocations that do not go through a library's import table, such as those made"
          + " through the Foreign Function and Memory API's lookups, this project's Heap among them,"
          + " and those of an allocator linked into a library for its own use.";

  private Profiler() {}

  /**
   * Runs a command to its end with the agent in every JVM it starts. Input and output are this
   * process's own. The agent comes in through JAVA_TOOL_OPTIONS, which each JVM says on its error
   * output. When this process is told to end (SIGINT, SIGTERM), so is the command, and the profile
   * is still reported.
   *
   * @param command the program and its arguments
   * @param every bytes allocated between two samples, 1 for every block, at least 1
   * @param report takes the profile
   * @return the command's exit code, 128 and the signal's number where one ended it
   * @throws ProfileException if the command cannot be started, or started no JVM
   */
  public static int run(List<String> command, long every, Consumer<Profile> report) {
    return inTemporaryDirectory(
        directory -> {
          String record = directory.resolve("%p.jfr").toString();
          ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
          String own = builder.environment().getOrDefault("JAVA_TOOL_OPTIONS", "");
          String agent = "-agentpath:" + Agent.library() + "=" + Agent.start(every, record);
          builder.environment().put("JAVA_TOOL_OPTIONS", (own + " " + agent).strip());
          CountDownLatch reported = new CountDownLatch(1);
          Process process = start(builder);
          Runtime.getRuntime().addShutdownHook(new Thread(() -> endAndAwait(process, reported)));
          try {
            int exitCode = process.waitFor();
            report.accept(largest(directory, String.join(" ", command), every));
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
   * Profiles a running JVM for a while. The agent stays loaded in it, doing nothing afterwards; the
   * JVM says on its error output that an agent was loaded.
   *
   * @param pid a JVM of this user
   * @param duration how long
   * @param every bytes allocated between two samples, 1 for every block, at least 1
   * @throws ProfileException if it is no JVM, cannot be attached to, or ended meanwhile
   */
  public static Profile attach(long pid, Duration duration, long every) {
    return inTemporaryDirectory(
        directory -> {
          Path record = directory.resolve(pid + ".jfr");
          String library = Agent.library().toString();
          VirtualMachine target = target(pid);
          try {
            target.loadAgentPath(library, Agent.start(every, record.toString()));
            Thread.sleep(duration);
            target.loadAgentPath(library, Agent.stop(record.toString()));
          } catch (AgentLoadException | AgentInitializationException e) {
            throw new ProfileException(
                "The profiler could not start in process %d (%s): it may have one already."
                    .formatted(pid, e.getMessage()),
                e);
          } catch (IOException e) {
            throw new ProfileException(
                "Process %d could not be profiled to the end (%s).".formatted(pid, e.getMessage()),
                e);
          } finally {
            target.detach();
          }
          return profile("process " + pid, record, every, List.of(NOT_SEEN));
        });
  }

  private static Process start(ProcessBuilder builder) {
    try {
      return builder.start();
    } catch (IOException e) {
      throw new ProfileException(
          "%s cannot be started: %s.".formatted(builder.command().getFirst(), e.getMessage()), e);
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
    try {
      return VirtualMachine.attach(Long.toString(pid));
    } catch (AttachNotSupportedException | IOException e) {
      throw new ProfileException(
          "Process %d cannot be attached to: it is not a JVM, or it refuses (%s)."
              .formatted(pid, e.getMessage()),
          e);
    }
  }

  /** Several JVMs leave a record each; the one with most in it is what the command is about. */
  private static Profile largest(Path directory, String command, long every) throws IOException {
    List<Path> records;
    try (Stream<Path> files = Files.list(directory)) {
      records = files.sorted(Comparator.comparingLong(Profiler::size).reversed()).toList();
    }
    if (records.isEmpty()) {
      throw new ProfileException(
          command
              + " left no record: it started no JVM, or was killed before it could write one;"
              + " other programs are for `compare`.");
    }
    List<String> notes = new ArrayList<>(List.of(NOT_SEEN));
    if (records.size() > 1) {
      notes.add(
          "%d JVMs were recorded; this is the one with the largest record."
              .formatted(records.size()));
    }
    return profile(command, records.getFirst(), every, notes);
  }

  private static Profile profile(String subject, Path record, long every, List<String> notes)
      throws IOException {
    if (!Files.exists(record)) {
      throw new ProfileException(subject + " left no record: it cannot write " + record + ".");
    }
    return Profile.of(subject, record, every, notes);
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Work<T> {
    T in(Path directory) throws IOException, InterruptedException;
  }

  private static <T> T inTemporaryDirectory(Work<T> work) {
    Path directory = null;
    try {
      directory = Files.createTempDirectory("onemalloc-profile-");
      return work.in(directory);
    } catch (IOException e) {
      throw new ProfileException("The record cannot be kept (" + e + ").", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProfileException("The profile was interrupted.", e);
    } finally {
      delete(directory);
    }
  }

  private static void delete(Path directory) {
    if (directory == null) {
      return;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
