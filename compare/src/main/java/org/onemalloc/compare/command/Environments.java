package org.onemalloc.compare.command;

import static org.onemalloc.compare.command.Env.PRELOAD;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.compare.command.Arguments.Syntax;

/**
 * The programs of daemontools, s6, execline and bubblewrap that start a command in an environment
 * or a root directory that they have changed.
 */
final class Environments {
  private static final Syntax NONE = Syntax.of("");

  /** The options of bwrap(1) that take one word. */
  private static final Set<String> ONE =
      Set.of(
          "args",
          "userns",
          "userns2",
          "pidns",
          "uid",
          "gid",
          "hostname",
          "chdir",
          "unsetenv",
          "lock-file",
          "sync-fd",
          "remount-ro",
          "exec-label",
          "file-label",
          "proc",
          "dev",
          "tmpfs",
          "mqueue",
          "dir",
          "seccomp",
          "add-seccomp-fd",
          "block-fd",
          "userns-block-fd",
          "info-fd",
          "json-status-fd",
          "cap-add",
          "cap-drop",
          "perms",
          "size",
          "argv0",
          "overlay-src",
          "tmp-overlay",
          "ro-overlay");

  /** Those that take two. */
  private static final Set<String> TWO =
      Set.of(
          "setenv",
          "bind",
          "bind-try",
          "dev-bind",
          "dev-bind-try",
          "ro-bind",
          "ro-bind-try",
          "bind-fd",
          "ro-bind-fd",
          "file",
          "bind-data",
          "ro-bind-data",
          "symlink",
          "chmod");

  private static final Set<String> BINDS = Set.of("bind", "dev-bind", "ro-bind");

  private static final Map<String, Wrapper> ALL =
      Map.ofEntries(
          Map.entry("envdir", Wrapper.of(NONE, arguments -> byEnvdir("envdir", arguments))),
          Map.entry("s6-envdir", Wrapper.of(Syntax.of("c"), a -> byEnvdir("s6-envdir", a))),
          Map.entry("bwrap", Environments::byBwrap),
          Map.entry("execlineb", Wrapper.of(Syntax.of("cS"), Execline::started)),
          Map.entry("emptyenv", Wrapper.losing(NONE, Environments::lossByEmptyenv)),
          Map.entry("unexport", Wrapper.of(NONE, Environments::byUnexport)));

  private Environments() {}

  static Optional<Wrapper> named(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  private static Started byEnvdir(String program, Arguments arguments) {
    return VariableDirectory.added(
        program, arguments.operands().stream().findFirst(), Wrapper.after(1, arguments));
  }

  /** With another option than {@code -p} it removes only variables of execline. */
  private static Optional<String> lossByEmptyenv(Arguments arguments) {
    boolean keeps = arguments.options().stream().anyMatch(option -> !option.name().equals("p"));
    return keeps ? Optional.empty() : Optional.of("emptyenv");
  }

  private static Started byUnexport(Arguments arguments) {
    boolean preload = arguments.operands().stream().findFirst().filter(PRELOAD::equals).isPresent();
    return Wrapper.after(1, arguments)
        .with(arguments.operands().stream().limit(1).toList())
        .losing(preload ? Optional.of("unexport " + PRELOAD) : Optional.empty());
  }

  /** Returns the number of words that an option of bwrap(1) takes. */
  private static int wordsOf(String option) {
    return option.equals("overlay") ? 3 : TWO.contains(option) ? 2 : ONE.contains(option) ? 1 : 0;
  }

  /** Its options are words of their own, of which some take two more, and are done in order. */
  private static Started byBwrap(List<String> words) {
    Optional<String> loss = Optional.empty();
    Map<String, String> mounts = new HashMap<>();
    int at = 0;
    while (at < words.size() && words.get(at).startsWith("--") && !words.get(at).equals("--")) {
      String option = words.get(at++).substring(2);
      int count = wordsOf(option);
      List<String> values = words.subList(at, Math.min(words.size(), at + count));
      at += values.size();
      String first = values.isEmpty() ? "" : values.getFirst();
      boolean named = first.equals(PRELOAD) && Set.of("setenv", "unsetenv").contains(option);
      if (named || option.equals("clearenv")) {
        loss = Optional.of("bwrap --" + option + (named ? " " + PRELOAD : ""));
      }
      if (BINDS.contains(option) && values.size() == 2) {
        mounts.put(values.getLast(), first);
      }
    }
    List<String> command = words.subList(Math.min(words.size(), at), words.size());
    boolean dashes = !command.isEmpty() && command.getFirst().equals("--");
    return Started.command(new ArrayList<>(command.subList(dashes ? 1 : 0, command.size())))
        .under(Optional.ofNullable(mounts.get("/")))
        .losing(loss);
  }
}
