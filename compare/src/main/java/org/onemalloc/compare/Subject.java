package org.onemalloc.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.compare.command.Started;
import org.onemalloc.compare.process.OwnProcess;
import org.onemalloc.text.GivenEnvironment;
import org.onemalloc.text.TemporaryFiles;

/** A command that is to be measured: its program on this machine, prepared for any variant. */
final class Subject {
  private final List<String> command;
  private final Map<String, String> environment = GivenEnvironment.variables();
  private final Allocators allocators = Allocators.ofThisMachine();
  private final Set<Path> javaHomes;
  private final Program program;

  /**
   * Finds the program of a command.
   *
   * @param command the command, the program's name first
   * @param javaHomes the Java images that the command was seen to start; none before it ran
   * @throws CommandException if there is no such program, or an allocator cannot be preloaded into
   *     it
   */
  Subject(List<String> command, Set<Path> javaHomes) {
    this.command = command;
    this.javaHomes = javaHomes;
    this.program = CommandChain.of(command, environment).first(environment).starting(javaHomes);
  }

  /**
   * Returns a measurement of runs.
   *
   * @param request the way in which they are measured
   */
  static Measurement measurement(Comparer.Request request) {
    if (!OwnProcess.isInProc()) {
      throw CommandException.unusable(
          "/proc belongs to another pid namespace and shows other processes: mount it anew, as unshare --mount-proc does.");
    }
    Path directory;
    try {
      directory = TemporaryFiles.newDirectory("onemalloc-compare-");
    } catch (IOException e) {
      throw new UncheckedIOException(
          System.getProperty("java.io.tmpdir")
              + " cannot be written: set TMPDIR to a directory of yours.",
          e);
    }
    return new Measurement(
        directory,
        request.interval().toNanos(),
        request.idle().toNanos(),
        request.load(),
        request.outputs(),
        request.engine());
  }

  Program program() {
    return program;
  }

  Allocators allocators() {
    return allocators;
  }

  Map<String, String> environment() {
    return environment;
  }

  /**
   * Prepares the command for one variant.
   *
   * @throws CommandException if the program would not run on it
   * @throws org.onemalloc.allocators.AllocatorException if there is no such allocator
   */
  Preparation prepare(VariantName variant) {
    List<byte[]> arguments = command.stream().map(CommandWords::bytes).toList();
    Preparation ready =
        Preparation.of(program, List.of(), arguments, variant, allocators, environment);
    List<String> refusals = ready.examination().forecast().refusals();
    if (!refusals.isEmpty()) {
      throw CommandException.unusable(
          "%s would not run on %s: %s"
              .formatted(command.getFirst(), variant.text(), String.join(" ", refusals)));
    }
    return ready;
  }

  /** Returns whether the command starts a JVM. */
  boolean startsJava() {
    return program.isJava() || !javaHomes.isEmpty();
  }

  /** Returns a JVM that the command may start and that does not know the flag for trimming. */
  Optional<Path> withoutTrimFlag() {
    Set<Path> started = new LinkedHashSet<>(javaHomes);
    if (!program.script()) {
      started.addAll(program.javaHomes());
    }
    return TrimFlag.lackingIn(started);
  }

  /** Returns what to link; empty if the command starts another program that is not known. */
  Optional<Path> target() {
    boolean another = program.script() || Started.by(command).isPresent();
    if (!program.javaHomes().isEmpty() && (!another || program.javaHomes().size() == 1)) {
      return Optional.of(program.javaHomes().getFirst());
    }
    return another ? Optional.empty() : Optional.of(program.elf());
  }

  /**
   * Throws if a warm-up failed: a command that fails without any change would fail in every round.
   *
   * @param name the variant of the warm-up
   */
  static void requireWork(String name, Run warmUp) {
    if (warmUp.outcome().ok()) {
      return;
    }
    String message = warmUp.outcome().message().strip();
    String what = "The warm-up on " + name;
    if (warmUp.outcome().judged()) {
      String reason = message.lines().findFirst().orElse("");
      String output = message.substring(Math.min(message.length(), reason.length() + 1));
      throw CommandException.failed(what + " does not count: " + reason, output);
    }
    throw CommandException.failed(
        "%s failed with exit code %d, so nothing was measured."
            .formatted(what, warmUp.outcome().exitCode()),
        message);
  }
}
