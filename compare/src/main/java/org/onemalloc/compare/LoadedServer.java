package org.onemalloc.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.onemalloc.compare.process.Environ;
import org.onemalloc.compare.process.OwnProcess;
import org.onemalloc.compare.process.Posix;
import org.onemalloc.compare.process.ProcessTree;
import org.onemalloc.compare.process.ProgramStart;
import org.onemalloc.compare.server.LoadSession;
import org.onemalloc.compare.server.ServerLoad;

/**
 * The server of one run and its load. The load runs in a process group of its own, outside of the
 * measured tree and without the variant's environment.
 */
final class LoadedServer implements LoadSession.Surroundings {
  /** The time that a server has to end after its signal. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final ServerLoad plan;
  private final RunFiles files;
  private final Map<String, String> environment;
  private final ProcessTree processes;
  private final BooleanSupplier interrupted;
  private final LoadSession session;
  private Sampler sampler;

  /**
   * Creates the server of a run, which has not been started.
   *
   * @param environment what the load's environment has beside the user's
   * @param interrupted whether the user wants to stop
   */
  LoadedServer(
      ServerLoad plan,
      RunFiles files,
      Map<String, String> environment,
      ProcessTree processes,
      BooleanSupplier interrupted) {
    this.plan = plan;
    this.files = files;
    this.environment = environment;
    this.processes = processes;
    this.interrupted = interrupted;
    this.session = new LoadSession(plan, this);
  }

  /** Returns why the server cannot be started; empty if it can. */
  Optional<String> prepare() {
    return session.prepare();
  }

  /**
   * Uses the server, and then ends it.
   *
   * @param group its process group
   * @param remains the processes of the run
   * @param observer the sampler of the run, which has been started
   */
  LoadSession.Result use(int group, Remains remains, Sampler observer) {
    sampler = observer;
    LoadSession.Result result = session.use();
    observer.end(plan.stop());
    long until = System.nanoTime() + PATIENCE_NANOS;
    remains.await(() -> isInterrupted() || System.nanoTime() >= until);
    Posix.killGroup(group, Posix.SIGKILL);
    return result;
  }

  @Override
  public boolean isServerRunning() {
    return sampler.sawProcesses();
  }

  @Override
  public String newOutput() {
    return files.newOutput();
  }

  @Override
  public void mark(String phase) {
    sampler.mark(phase);
  }

  @Override
  public boolean isInterrupted() {
    return interrupted.getAsBoolean();
  }

  @Override
  public String output(LoadSession.Part part) {
    return files.last(part);
  }

  @Override
  public String figures() {
    return files.figures();
  }

  @Override
  public LoadSession.Running start(LoadSession.Part part, String command) {
    List<byte[]> words =
        Stream.of("sh", "-c", command).map(word -> word.getBytes(StandardCharsets.UTF_8)).toList();
    try {
      files.beginLoad();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    OwnProcess.closeOthersOnExec();
    return new Started(processes.outside(() -> spawn(words, files.file(part))));
  }

  private int spawn(List<byte[]> words, Path output) {
    try {
      return ProgramStart.spawn(
          "/bin/sh", words, Environ.inheritedWith(environment), output.toString());
    } catch (Posix.PosixException e) {
      throw CommandException.unusable(e.getMessage() + ".");
    }
  }

  /** A command of the shell, until it was collected. */
  private static final class Started implements LoadSession.Running {
    private final int pid;
    private OptionalInt code = OptionalInt.empty();

    Started(int pid) {
      this.pid = pid;
    }

    @Override
    public OptionalInt exitCode() {
      if (code.isEmpty()) {
        code =
            Posix.collect(pid)
                .map(ended -> OptionalInt.of(ended.exitCode()))
                .orElse(OptionalInt.empty());
      }
      return code;
    }

    @Override
    public void kill() {
      Posix.killGroup(pid, Posix.SIGKILL);
    }
  }
}
