package org.onemalloc.compare.command;

import static org.onemalloc.compare.command.Env.PRELOAD;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.onemalloc.compare.command.Arguments.Syntax;

/** The programs that start a command as another user. */
final class Accounts {

  private static final Syntax SETPRIV =
      Syntax.of(
          "",
          "reuid=",
          "regid=",
          "ruid=",
          "rgid=",
          "euid=",
          "egid=",
          "groups=",
          "inh-caps=",
          "ambient-caps=",
          "bounding-set=",
          "securebits=",
          "pdeathsig=",
          "ptracer=",
          "selinux-label=",
          "apparmor-profile=",
          "seccomp-filter=",
          "landlock-access=",
          "landlock-rule=",
          "reset-env",
          "clear-groups",
          "keep-groups",
          "init-groups",
          "no-new-privs",
          "nnp",
          "dump");

  private static final Syntax LOGIN =
      Syntax.of(
              "cgGsuwC",
              "command=",
              "session-command=",
              "group=",
              "supp-group=",
              "shell=",
              "user=",
              "whitelist-environment=",
              "login",
              "preserve-environment",
              "fast",
              "pty",
              "no-pty")
          .afterOperandsToo();

  private static final Syntax SUDO =
      Syntax.of(
          "CDghpRrTtUu",
          "user=",
          "group=",
          "host=",
          "prompt=",
          "chdir=",
          "chroot=",
          "preserve-env",
          "login");

  private static final Syntax CHROOT = Syntax.of("", "userspec=", "groups=", "skip-chdir");

  private static final Syntax CHPST = Syntax.of("uUbenlLmdopfctr/");

  private static final Syntax DAEMON =
      Syntax.of(
          "pxnugcsardNPIkOR",
          "pid=",
          "ppid=",
          "pidfile=",
          "exec=",
          "name=",
          "user=",
          "group=",
          "chuid=",
          "signal=",
          "start",
          "startas=",
          "chroot=",
          "chdir=",
          "nicelevel=",
          "procsched=",
          "iosched=",
          "umask=",
          "notify-timeout=",
          "output=",
          "retry=");

  private static final Wrapper USER_FIRST =
      Wrapper.as(
          Syntax.of(""),
          1,
          arguments -> arguments.operands().stream().findFirst().map(Account::of));

  private static final Map<String, Wrapper> ALL =
      Map.ofEntries(
          Map.entry("setpriv", Wrapper.of(SETPRIV, Accounts::bySetpriv)),
          Map.entry("runuser", Wrapper.of(LOGIN, arguments -> byLogin("runuser", arguments))),
          Map.entry("su", Wrapper.of(LOGIN, arguments -> byLogin("su", arguments))),
          Map.entry("gosu", USER_FIRST),
          Map.entry("su-exec", USER_FIRST),
          Map.entry("setuidgid", USER_FIRST),
          Map.entry("s6-setuidgid", USER_FIRST),
          Map.entry("chpst", Wrapper.of(CHPST, Accounts::byChpst)),
          Map.entry("capsh", Accounts::byCapsh),
          Map.entry("chroot", Wrapper.of(CHROOT, Accounts::byChroot)),
          Map.entry("start-stop-daemon", Wrapper.of(DAEMON, Accounts::byStartStopDaemon)),
          Map.entry("sudo", Wrapper.losing(SUDO, arguments -> Optional.of("sudo"))),
          Map.entry("doas", Wrapper.losing(Syntax.of("Cu"), arguments -> Optional.of("doas"))),
          Map.entry("pkexec", Wrapper.losing(Syntax.of("", "user="), a -> Optional.of("pkexec"))));

  private static final List<Path> PAM_FILES =
      List.of(Path.of("/etc/environment"), Path.of("/etc/security/pam_env.conf"));

  private Accounts() {}

  static Optional<Wrapper> named(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  private static Started bySetpriv(Arguments arguments) {
    String group = arguments.value("egid", "regid").orElse("");
    return Wrapper.after(0, arguments)
        .as(arguments.value("euid", "reuid").map(user -> new Account(user, group)))
        .losing(lossBySetpriv(arguments));
  }

  /**
   * If the real and the effective user or group of a process differ, the loader ignores LD_PRELOAD
   * (ld.so(8), secure-execution mode). Where only one of them is set, they are taken to differ.
   */
  private static Optional<String> lossBySetpriv(Arguments arguments) {
    if (arguments.has("reset-env")) {
      return Optional.of("setpriv --reset-env");
    }
    boolean users = arguments.value("ruid").equals(arguments.value("euid"));
    boolean groups = arguments.value("rgid").equals(arguments.value("egid"));
    return users && groups
        ? Optional.empty()
        : Optional.of("setpriv with another effective than real user or group");
  }

  /** A program that starts a shell, or with {@code -u} a command, as another user. */
  private static Started byLogin(String name, Arguments arguments) {
    List<String> operands =
        arguments.operands().stream().dropWhile(word -> word.equals("-")).toList();
    boolean login = arguments.has("l", "login") || arguments.operands().contains("-");
    boolean kept = arguments.value("w", "whitelist-environment").orElse("").contains(PRELOAD);
    Optional<String> loss = login && !kept ? Optional.of(name + " --login") : Optional.empty();
    if (name.equals("su")) {
      loss = loss.or(Accounts::lossByPam);
    }
    String group = arguments.value("g", "group").orElse("");
    Optional<String> user = arguments.value("u", "user");
    if (user.isPresent()) {
      return Started.command(operands).as(Optional.of(new Account(user.get(), group))).losing(loss);
    }
    Optional<Account> account = operands.stream().findFirst().map(one -> new Account(one, group));
    return arguments
        .value("c", "command", "session-command")
        .map(text -> Started.command(Shell.command(text)))
        .orElse(Started.nothing())
        .as(account)
        .losing(loss);
  }

  /**
   * Returns how su loses LD_PRELOAD without an option: pam_env(8) takes variables from two files,
   * and Debian has su use it. runuser does not.
   */
  private static Optional<String> lossByPam() {
    return PAM_FILES.stream()
        .filter(Accounts::setsPreload)
        .map(file -> "su, which takes another LD_PRELOAD from " + file + ",")
        .findFirst();
  }

  private static boolean setsPreload(Path file) {
    try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
      return lines.anyMatch(line -> line.strip().matches("(export\\s+)?" + PRELOAD + "\\b.*"));
    } catch (IOException | UncheckedIOException e) {
      return false; // there is none, or su cannot read it either
    }
  }

  private static Started byChroot(Arguments arguments) {
    Optional<Account> account = arguments.value("userspec").map(Account::of);
    return Wrapper.after(1, arguments)
        .as(account.filter(one -> !one.user().isEmpty()))
        .under(arguments.operands().stream().findFirst());
  }

  private static Started byChpst(Arguments arguments) {
    Started started =
        Wrapper.after(0, arguments)
            .as(arguments.value("u").map(Account::of))
            .under(arguments.value("/"));
    return VariableDirectory.added("chpst -e", arguments.value("e"), started);
  }

  /** After {@code --} follow the arguments of bash. */
  private static Started byCapsh(List<String> words) {
    int end = words.indexOf("--");
    List<String> options = end < 0 ? words : words.subList(0, end);
    List<String> command = new ArrayList<>(List.of("bash"));
    command.addAll(words.subList(end + 1, words.size()));
    return (end < 0 ? Started.nothing() : Started.command(command))
        .as(valueOf("--user=", options).or(() -> valueOf("--uid=", options)).map(Account::of))
        .under(valueOf("--chroot=", options));
  }

  private static Optional<String> valueOf(String option, List<String> words) {
    return words.stream()
        .filter(word -> word.startsWith(option))
        .findFirst()
        .map(word -> word.substring(option.length()));
  }

  private static Started byStartStopDaemon(Arguments arguments) {
    Optional<String> program =
        arguments.value("a", "startas").or(() -> arguments.value("x", "exec"));
    if (program.isEmpty() || !arguments.has("S", "start")) {
      return Started.nothing();
    }
    List<String> command = new ArrayList<>(List.of(program.get()));
    command.addAll(arguments.operands());
    return Started.command(command)
        .as(arguments.value("c", "chuid").map(Account::of))
        .under(arguments.value("r", "chroot"))
        .in(Optional.of(arguments.value("d", "chdir").orElse("/")));
  }
}
