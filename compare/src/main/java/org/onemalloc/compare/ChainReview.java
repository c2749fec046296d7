package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.compare.command.Account;
import org.onemalloc.compare.command.Started;
import org.onemalloc.compare.process.OtherUser;

/**
 * Judges what a command starts: each command of the chain must pass LD_PRELOAD on, and each program
 * behind the first is examined as the first was.
 */
/*
 * Design note. Only the words are judged, before anything is started. Rejected: watching the
 * processes afterwards. run becomes the command and leaves no process behind that could watch, and
 * the answer would come after the program has run on another allocator; compare does watch.
 */
final class ChainReview {
  private final Preparation ready;
  private final Allocators allocators;
  private final Map<String, String> environment;
  private final List<String> refusals = new ArrayList<>();
  private final Set<String> warnings = new LinkedHashSet<>();
  private final Map<Path, Set<String>> evidence = new LinkedHashMap<>();
  private final Set<Path> scripts = new HashSet<>();
  private final Set<Examined> examined = new HashSet<>();

  private record Examined(Path program, Map<String, String> environment) {}

  private ChainReview(Preparation ready, Allocators allocators, Map<String, String> environment) {
    this.ready = ready;
    this.allocators = allocators;
    this.environment = environment;
    examined.add(new Examined(ready.program().elf(), environment));
    add(ready.program().elf(), ready.examination());
  }

  private void add(Path program, Examination found) {
    warnings.addAll(found.forecast().warnings());
    evidence
        .computeIfAbsent(program, file -> new LinkedHashSet<>())
        .addAll(found.proof().evidence());
  }

  /**
   * Reviews the chain of a command.
   *
   * @param ready the command, whose first program has been examined
   * @param environment the whole environment that the first program will get
   */
  static ChainReview of(
      CommandChain chain,
      Preparation ready,
      Allocators allocators,
      Map<String, String> environment) {
    ChainReview review = new ChainReview(ready, allocators, environment);
    for (CommandChain.Step step :
        ready.name().isShipped() ? List.<CommandChain.Step>of() : chain.steps()) {
      if (!step.before().isEmpty()) {
        review.examine(step);
      }
      if (review.refusals.isEmpty()) {
        step.script().ifPresent(review::warn);
        step.started().ifPresent(started -> review.judge(step, started));
      }
      if (!review.refusals.isEmpty()) {
        break;
      }
    }
    return review;
  }

  /** Returns a sentence for each reason not to start the command. */
  List<String> refusals() {
    return List.copyOf(refusals);
  }

  /** Returns a sentence for each drawback, and for each script that may lose LD_PRELOAD. */
  List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** Returns a sentence for each proof, with the name of its program if there are several. */
  List<String> evidence() {
    return evidence.entrySet().stream()
        .flatMap(
            of ->
                of.getValue().stream()
                    .map(each -> evidence.size() == 1 ? each : of.getKey() + ": " + each))
        .toList();
  }

  private void judge(CommandChain.Step step, Started started) {
    if (isChanged()) {
      started.loss().ifPresent(how -> refusals.add(lost(how, started)));
    }
    if (ready.allocator().library().isPresent()) {
      started.root().flatMap(root -> outsideOf(Path.of(root))).ifPresent(refusals::add);
      started.account().flatMap(account -> unreadable(step, account)).ifPresent(refusals::add);
    }
    started
        .text()
        .ifPresent(text -> warn("The text for " + step.words().getFirst(), ScriptText.of(text)));
    started.script().map(Path::of).ifPresent(this::warn);
  }

  private void examine(CommandChain.Step step) {
    Map<String, String> its = step.over(environment);
    try {
      Optional<Program> program = CommandChain.program(step, its);
      if (program.isEmpty() || !examined.add(new Examined(program.get().elf(), its))) {
        return;
      }
      LinkedAllocator.requireSame(program.get(), ready.allocator(), allocators);
      Examination found = ready.examine(program.get(), its);
      refusals.addAll(found.reasons());
      add(program.get().elf(), found);
    } catch (CommandException e) {
      refusals.add(e.getMessage());
    }
  }

  private String lost(String how, Started started) {
    Optional<String> next = started.command().stream().findFirst();
    return "%s starts %s without LD_PRELOAD, and so not on %s: put onemalloc run in front of %s instead"
        .formatted(
            how, next.orElse("a program"), ready.allocator().title(), next.orElse("that program"));
  }

  /** The loader passes over a library that the user of a process cannot read. */
  private Optional<String> unreadable(CommandChain.Step step, Account account) {
    Optional<OtherUser> user = OtherUser.of(account.user(), account.group());
    return ready.libraries().stream()
        .filter(library -> user.isPresent() && user.get().cannotRead(library))
        .findFirst()
        .map(
            library ->
                "%s starts a program as the user %s, who cannot read %s, %s: let that user read it, or put it elsewhere (XDG_CACHE_HOME says where derived libraries are)"
                    .formatted(step.words().getFirst(), account.user(), library, without(library)));
  }

  /** Returns what becomes of a program that the loader starts without one of the libraries. */
  private String without(Path library) {
    return library.equals(ready.libraries().getFirst())
        ? "and so not on " + ready.allocator().title()
        : "without which what it opens, a JVM's lookup or a plugin with RTLD_DEEPBIND, may get"
            + " libc's free for a block of %s".formatted(ready.allocator().title());
  }

  /** A library that is preloaded by its path must be the same file under another root. */
  private Optional<String> outsideOf(Path root) {
    for (Path library : ready.libraries()) {
      Path there = Path.of(root + library.toString());
      if (!Files.exists(there)) {
        return Optional.of(
            "Under the root directory %s there is no %s, and a program starts there without it, %s: install onemalloc there, and start it behind chroot"
                .formatted(root, library, without(library)));
      }
      if (!isSame(library, there)) {
        return Optional.of(
            "%s is another file than %s, and a program under the root directory %s would start without the latter, %s: copy it there"
                .formatted(there, library, root, without(library)));
      }
    }
    return Optional.empty();
  }

  private static boolean isSame(Path library, Path there) {
    try {
      return Files.mismatch(library, there) < 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Returns whether there is anything that the environment passes on. */
  private boolean isChanged() {
    return !ready.environment().isEmpty();
  }

  private void warn(Path script) {
    if (scripts.add(script)) {
      warn(script.toString(), ScriptText.of(script));
    }
  }

  private void warn(String where, ScriptText text) {
    if (!isChanged()) {
      return;
    }
    text.losesPreload()
        .ifPresent(
            line ->
                warnings.add(
                    "%s, line %d, starts a program without LD_PRELOAD: that program may run on another allocator; compare -n 1 shows it."
                        .formatted(where, line)));
  }
}
