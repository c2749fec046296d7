package org.onemalloc.compare.command;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.onemalloc.compare.command.Arguments.Syntax;

/**
 * Wrappers of util-linux, procps, systemd, and tracers, that change more than one attribute of
 * their command, or take it as a text.
 */
final class Utilities {
  private static final Syntax SETARCH = Syntax.of("");
  private static final Syntax FLOCK = Syntax.of("wE", "timeout=", "conflict-exit-code=");

  private static final Syntax UNSHARE =
      Syntax.of(
          "RwSGl",
          "root=",
          "wd=",
          "setuid=",
          "setgid=",
          "load-interp=",
          "map-user=",
          "map-group=",
          "map-users=",
          "map-groups=",
          "propagation=",
          "setgroups=",
          "monotonic=",
          "boottime=",
          "user",
          "map-root-user",
          "map-current-user",
          "map-auto");

  private static final Syntax STRACE =
      Syntax.of(
          "eEpubIPaosSXOU",
          "env=",
          "attach=",
          "user=",
          "detach-on=",
          "interruptible=",
          "trace=",
          "signal=",
          "status=",
          "trace-path=",
          "columns=",
          "abbrev=",
          "verbose=",
          "raw=",
          "read=",
          "write=",
          "quiet=",
          "kvm=",
          "decode-fds=",
          "output=",
          "string-limit=",
          "summary-sort-by=",
          "summary-columns=",
          "summary-syscall-overhead=",
          "const-print-style=",
          "inject=",
          "fault=");

  /** Of systemd-run only a scope inherits the environment. */
  private static final Syntax SYSTEMD_RUN =
      Syntax.of(
          "pEuHM",
          "property=",
          "setenv=",
          "unit=",
          "slice=",
          "uid=",
          "gid=",
          "host=",
          "machine=",
          "description=",
          "service-type=",
          "nice=",
          "working-directory=",
          "scope");

  private static final Syntax NSENTER =
      Syntax.of("tSG", "target=", "setuid=", "setgid=", "wd", "wdns");

  private static final Syntax LTRACE =
      Syntax.of(
          "aADelnopsuwxF",
          "align=",
          "debug=",
          "library=",
          "indent=",
          "output=",
          "where=",
          "config=");

  private static final Map<String, Wrapper> ALL =
      Map.ofEntries(
          Map.entry("setarch", Utilities::bySetarch),
          Map.entry("linux32", Wrapper.plain(SETARCH)),
          Map.entry("linux64", Wrapper.plain(SETARCH)),
          Map.entry("i386", Wrapper.plain(SETARCH)),
          Map.entry("x86_64", Wrapper.plain(SETARCH)),
          Map.entry("flock", Wrapper.of(FLOCK, Utilities::byFlock)),
          Map.entry("unshare", Wrapper.of(UNSHARE, Utilities::byUnshare)),
          Map.entry("nsenter", Wrapper.of(NSENTER, Utilities::byNsenter)),
          Map.entry(
              "script",
              Wrapper.of(
                  Syntax.of("cIOBTmEo", "command=").afterOperandsToo(),
                  arguments -> byText(arguments.value("c", "command")))),
          Map.entry(
              "watch",
              Wrapper.of(Syntax.of("nq", "interval=", "equexit=", "exec"), Utilities::byWatch)),
          Map.entry("strace", Wrapper.of(STRACE, Utilities::byStrace)),
          Map.entry(
              "ltrace", Wrapper.as(LTRACE, 0, arguments -> arguments.value("u").map(Account::of))),
          Map.entry("systemd-run", Wrapper.of(SYSTEMD_RUN, Utilities::bySystemdRun)));

  private Utilities() {}

  static Optional<Wrapper> named(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  /** The name of an architecture may precede the options. */
  private static Started bySetarch(List<String> words) {
    boolean named = !words.isEmpty() && !words.getFirst().startsWith("-");
    return Wrapper.after(0, Arguments.of(named ? words.subList(1, words.size()) : words, SETARCH));
  }

  private static Started byFlock(Arguments arguments) {
    Started started = Wrapper.after(1, arguments);
    List<String> words = started.command();
    boolean text = words.size() > 1 && Set.of("-c", "--command").contains(words.getFirst());
    return text ? Started.command(Shell.command(words.get(1))) : started;
  }

  private static Started byText(Optional<String> text) {
    return text.map(known -> Started.command(Shell.command(known))).orElse(Started.nothing());
  }

  private static Started byWatch(Arguments arguments) {
    List<String> words = arguments.operands();
    return arguments.has("x", "exec") || words.isEmpty()
        ? Started.command(words)
        : byText(Optional.of(String.join(" ", words)));
  }

  private static Started byStrace(Arguments arguments) {
    List<String> variables =
        arguments.options().stream()
            .filter(option -> Set.of("E", "env").contains(option.name()))
            .map(Arguments.Option::value)
            .toList();
    return Wrapper.after(0, arguments)
        .with(variables)
        .as(arguments.value("u", "user").map(Account::of))
        .losing(
            variables.stream()
                .filter(each -> each.equals(Env.PRELOAD) || Env.replacesPreload(each))
                .findFirst()
                .map(each -> "strace -E " + each));
  }

  /** In a user namespace a number denotes another user: that one is not known. */
  private static Started byUnshare(Arguments arguments) {
    boolean mapped =
        Stream.of("U", "user", "r", "map-root-user", "c", "map-current-user", "map-user")
            .anyMatch(arguments::has);
    String group = arguments.value("G", "setgid").orElse("");
    Optional<String> user = mapped ? Optional.empty() : arguments.value("S", "setuid");
    return Wrapper.after(0, arguments)
        .as(user.map(one -> new Account(one, group)))
        .under(arguments.value("R", "root"))
        .in(arguments.value("w", "wd"));
  }

  /**
   * Another mount namespace may have other files under the same paths, and a relative path starts
   * in the working directory of the target unless one is named.
   */
  private static Started byNsenter(Arguments arguments) {
    boolean unknown =
        Stream.of("m", "mount", "a", "all", "r", "root", "w", "W", "wdns").anyMatch(arguments::has)
            || arguments.has("", Set.of("wd"));
    return unknown ? Started.nothing() : Wrapper.after(0, arguments).in(arguments.value("wd"));
  }

  private static Started bySystemdRun(Arguments arguments) {
    String group = arguments.value("gid").orElse("");
    Started started =
        Wrapper.after(0, arguments)
            .as(arguments.value("uid").map(user -> new Account(user, group)));
    return arguments.has("scope") ? started : started.losing(Optional.of("systemd-run"));
  }
}
