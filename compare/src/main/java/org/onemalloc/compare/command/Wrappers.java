package org.onemalloc.compare.command;

import static org.onemalloc.compare.command.Wrapper.plain;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.onemalloc.compare.command.Arguments.Syntax;

/**
 * The known wrappers. Here are those whose command simply follows their options: programs of
 * coreutils, util-linux, findutils, GNU time and busybox, the first processes of containers, and
 * the shell's own commands. Others are in {@link Utilities}, {@link Accounts} and {@link
 * Environments}.
 */
final class Wrappers {
  private static final Map<String, Wrapper> ALL = new HashMap<>();

  static {
    Shell.NAMES.forEach(shell -> ALL.put(shell, Shell::started));
    ALL.put("env", Env::started);
    ALL.put("nice", plain(Syntax.of("n", "adjustment=")));
    ALL.put("nohup", plain(Syntax.of("")));
    ALL.put("timeout", plain(Syntax.of("ks", "kill-after=", "signal="), 1));
    ALL.put("stdbuf", plain(Syntax.of("ioe", "input=", "output=", "error=")));
    ALL.put("setsid", plain(Syntax.of("")));
    ALL.put("ionice", plain(Syntax.of("cnpPu", "class=", "classdata=", "pid=", "pgid=", "uid=")));
    ALL.put(
        "chrt", plain(Syntax.of("TPD", "sched-runtime=", "sched-period=", "sched-deadline="), 1));
    ALL.put("taskset", plain(Syntax.of(""), 1));
    ALL.put("uclampset", plain(Syntax.of("mMp", "pid=")));
    ALL.put("prlimit", plain(Syntax.of("po", "pid=", "output=")));
    ALL.put("choom", plain(Syntax.of("np", "adjust=", "pid=")));
    ALL.put("time", plain(Syntax.of("fo", "format=", "output=")));
    ALL.put(
        "xargs",
        plain(
            Syntax.of(
                "adEILnPs",
                "arg-file=",
                "delimiter=",
                "max-lines=",
                "max-args=",
                "max-procs=",
                "max-chars=",
                "process-slot-var=")));
    ALL.put(
        "numactl",
        plain(
            Syntax.of(
                "ipPCNmwSIMoLf",
                "interleave=",
                "weighted-interleave=",
                "preferred=",
                "preferred-many=",
                "physcpubind=",
                "cpunodebind=",
                "membind=")));
    ALL.put("cgexec", plain(Syntax.of("g")));
    ALL.put("aa-exec", plain(Syntax.of("pn", "profile=", "namespace=")));
    for (String tini : List.of("tini", "tini-static", "docker-init")) {
      ALL.put(tini, plain(Syntax.of("pe")));
    }
    ALL.put("dumb-init", plain(Syntax.of("r", "rewrite=")));
    ALL.put("catatonit", plain(Syntax.of("")));
    ALL.put("softlimit", plain(Syntax.of("acdflmnopqrst")));
    ALL.put("busybox", Wrappers::byBusybox);
    ALL.put("command", plain(Syntax.of("")));
    ALL.put("envuidgid", plain(Syntax.of(""), 1));
    ALL.put("setlock", plain(Syntax.of(""), 1));
    ALL.put("pgrphack", plain(Syntax.of("")));
    ALL.put("dbus-run-session", plain(Syntax.of("", "config-file=", "dbus-daemon=")));
    ALL.put(
        "exec",
        Wrapper.losing(
            Syntax.of("a"), a -> a.has("c") ? Optional.of("exec -c") : Optional.empty()));
  }

  private Wrappers() {}

  /** Busybox has the programs in itself: only one that is a wrapper starts another. */
  private static Started byBusybox(List<String> words) {
    return words.isEmpty() || Started.by(words).isEmpty()
        ? Started.nothing()
        : Started.command(words);
  }

  /** Returns whether a program starts its command as the user, and with the rights, that it has. */
  static boolean keepsRights(String name) {
    return ALL.containsKey(name);
  }

  /** Returns the program or command of the shell that has this name, without a directory. */
  static Optional<Wrapper> named(String name) {
    return Optional.ofNullable(ALL.get(name))
        .or(() -> Utilities.named(name))
        .or(() -> Accounts.named(name))
        .or(() -> Environments.named(name));
  }
}
