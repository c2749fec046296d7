package org.onemalloc.compare;

import static java.util.stream.Collectors.joining;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.onemalloc.allocators.AllocatorException;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.compare.process.Environ;
import org.onemalloc.compare.process.Inheritance;
import org.onemalloc.compare.process.OwnProcess;
import org.onemalloc.compare.process.Posix;
import org.onemalloc.compare.process.ProgramStart;
import org.onemalloc.text.GivenEnvironment;
import org.onemalloc.text.OuterRun;

/**
 * Implements {@code run}: replaces this process by the command on another allocator. The process
 * id, signals and exit code are those of the command, and no JVM remains.
 */
public final class Runner {
  /** A program with a malloc of its own has a reason for each of its libraries. */
  private static final int MOST_REASONS = 4;

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
    // Bytes that are no text make no name of a file that Java could open.
    List<String> names =
        command.stream().map(word -> new String(word, StandardCharsets.UTF_8)).toList();
    CommandChain chain = CommandChain.of(names, given);
    Allocators allocators;
    Preparation ready;
    try {
      allocators = Allocators.ofThisMachine();
      Program program = chain.first(given);
      ready = Preparation.of(program, chain.behind(given), command, name, allocators, given);
      if (!name.isShipped()) {
        LinkedAllocator.requireSame(ready.program(), ready.allocator(), allocators);
      }
    } catch (CommandException | AllocatorException e) {
      if (!bestEffort) {
        throw e;
      }
      warnings.accept(e.getMessage() + " It runs as it is.");
      become(Program.find(names.getFirst(), given), command, Map.of(), inherited);
      return;
    }
    require(
        ready.examination().reasons(),
        "choose another allocator, or start it all the same with --best-effort.",
        bestEffort,
        warnings);
    ChainReview review = ChainReview.of(chain, ready, allocators, ready.environmentOver(given));
    require(review.refusals(), "--best-effort starts it all the same.", bestEffort, warnings);
    review.warnings().forEach(warnings);
    review.evidence().forEach(evidence);
    ready.unproven().forEach(evidence);
    Map<String, String> changes = new LinkedHashMap<>(ready.environment());
    if (!changes.isEmpty()) {
      changes.put(OuterRun.VARIABLE, OuterRun.record(given, changes));
    }
    become(ready.program().file(), ready.arguments(), changes, inherited);
  }

  /** Refuses in one sentence, or passes the reasons on as warnings with {@code bestEffort}. */
  private static void require(
      List<String> reasons, String remedy, boolean bestEffort, Consumer<String> warnings) {
    if (bestEffort) {
      reasons.forEach(reason -> warnings.accept(reason.endsWith(".") ? reason : reason + "."));
    } else if (!reasons.isEmpty()) {
      int more = reasons.size() - MOST_REASONS;
      String joined =
          reasons.stream()
              .limit(MOST_REASONS)
              .map(reason -> reason.replaceFirst("\\.$", "") + "; ")
              .collect(joining());
      throw CommandException.unusable(
          joined
              + (more > 0 ? "and " + more + " more, which --best-effort prints; " : "")
              + remedy);
    }
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
