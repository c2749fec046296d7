package org.onemalloc.compare;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.onemalloc.allocators.AllocatorException;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.compare.process.Environ;
import org.onemalloc.compare.process.Inheritance;
import org.onemalloc.compare.process.OwnProcess;
import org.onemalloc.compare.process.Posix;
import org.onemalloc.compare.process.ProgramStart;
import org.onemalloc.text.GivenEnvironment;

/**
 * Implements {@code run}: replaces this process by the command on another allocator. The process
 * id, signals and exit code are those of the command, and no JVM remains.
 */
public final class Runner {
  private Runner() {}

  /**
   * Replaces this process by a command, after the loader has reported the command's bindings. This
   * method returns only by throwing an exception.
   *
   * @param allocator the name of a variant: an allocator or a path, optionally followed by {@code
   *     +tuned}
   * @param words the command, the program's name first, decoded by {@link CommandWords}, so that
   *     the program receives the same bytes
   * @param bestEffort whether to continue with a warning if the allocator cannot be found or proven
   * @param evidence receives a sentence for each proof, and for each thing that was not checked
   * @param warnings receives a sentence for each drawback of this allocator and, with {@code
   *     bestEffort}, for each failed proof
   * @throws CommandException if the command cannot be run on this allocator; nothing was started
   * @throws AllocatorException if there is no such allocator and {@code bestEffort} is false
   */
  public static void run(
      String allocator,
      List<String> words,
      boolean bestEffort,
      Consumer<String> evidence,
      Consumer<String> warnings) {
    Set<Integer> inherited = OwnProcess.inheritedDescriptors();
    List<byte[]> command = words.stream().map(CommandWords::bytes).toList();
    VariantName name = VariantName.parse(allocator);
    Map<String, String> given = GivenEnvironment.variables();
    Preparation ready;
    try {
      Allocators allocators = Allocators.ofThisMachine();
      ready = Preparation.of(command, name, allocators, given);
      if (!name.isShipped()) {
        LinkedAllocator.requireSame(ready.program(), ready.allocator(), allocators);
      }
    } catch (CommandException | AllocatorException e) {
      if (!bestEffort) {
        throw e;
      }
      warnings.accept(e.getMessage() + " It runs as it is.");
      String program = new String(command.getFirst(), StandardCharsets.UTF_8);
      become(Program.find(program, given), command, Map.of(), inherited);
      return;
    }
    require(ready.forecast().refusals(), CommandException::unusable, bestEffort, warnings);
    require(ready.proof().failures(), CommandException::unproven, bestEffort, warnings);
    ready.forecast().warnings().forEach(warnings);
    ready.proof().evidence().forEach(evidence);
    ready.unproven().forEach(evidence);
    warnOfScripts(ready.program(), warnings);
    become(ready.program().file(), ready.arguments(), ready.environment(), inherited);
  }

  /** Throws if there are failures, or passes them on as a warning with {@code bestEffort}. */
  private static void require(
      List<String> failures,
      Function<String, CommandException> refusal,
      boolean bestEffort,
      Consumer<String> warnings) {
    if (failures.isEmpty()) {
      return;
    }
    String sentences = String.join(" ", failures);
    if (!bestEffort) {
      throw refusal.apply(
          sentences + " Choose another allocator, or start it all the same with --best-effort.");
    }
    warnings.accept(sentences);
  }

  private static void warnOfScripts(Program program, Consumer<String> warnings) {
    if (!program.script()) {
      return;
    }
    ScriptText.of(program.file())
        .losesPreload()
        .ifPresent(
            line ->
                warnings.accept(
                    "%s, line %d, takes LD_PRELOAD away: what it starts may run on another"
                            .formatted(program.file(), line)
                        + " allocator; compare -n 1 shows it."));
  }

  private static void become(
      Path file, List<byte[]> arguments, Map<String, String> changes, Set<Integer> inherited) {
    Set<Integer> own = OwnProcess.descriptors();
    own.removeAll(inherited);
    Posix.closeOnExec(own);
    try {
      ProgramStart.exec(
          file.toString(), arguments, Environ.inheritedWith(changes), Inheritance.ofThisProcess());
    } catch (Posix.PosixException e) {
      throw CommandException.unusable(e.getMessage() + ".");
    }
  }
}
