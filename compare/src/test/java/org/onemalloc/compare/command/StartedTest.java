package org.onemalloc.compare.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each command line is written as for a shell, whose quotes are removed. */
class StartedTest {
  @TempDir Path folder;

  private static Started started(String line) {
    return Started.by(ShellText.of(line).commands().getFirst()).orElseThrow();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "env -i ./w                              | env -i",
        "env - ./w                               | env -i",
        "/usr/bin/env -iu A B=c ./w              | env -i",
        "env --ignore-env ./w                    | env -i",
        "env -S '-i ./w'                         | env -i",
        "env '-S -i ./w'                         | env -i",
        "env -u LD_PRELOAD ./w                   | env -u LD_PRELOAD",
        "env -uLD_PRELOAD ./w                    | env -u LD_PRELOAD",
        "env --unset=LD_PRELOAD ./w              | env -u LD_PRELOAD",
        "env --unset LD_PRELOAD ./w              | env -u LD_PRELOAD",
        "env A=b LD_PRELOAD=/x.so ./w            | env LD_PRELOAD=/x.so",
        "setpriv --reuid 1 --reset-env ./w       | setpriv --reset-env",
        "setpriv --euid=1 ./w                    | setpriv with another effective than real user or group",
        "setpriv --reuid 1 --ruid 2 ./w          | setpriv with another effective than real user or group",
        "setpriv --egid=1 --clear-groups ./w     | setpriv with another effective than real user or group",
        "runuser -l nobody -c ./w                | runuser --login",
        "runuser - nobody                        | runuser --login",
        "runuser nobody -l                       | runuser --login",
        "su - nobody                             | su --login",
        "su nobody --login -c ./w                | su --login",
        "sudo -E -u nobody ./w                   | sudo",
        "doas ./w                                | doas",
        "systemd-run -u a ./w                    | systemd-run",
        "exec -c ./w                             | exec -c",
        "exec -ca name ./w                       | exec -c",
        "systemd-run --uid=1 -G ./w              | systemd-run",
        "strace -E LD_PRELOAD ./w                | strace -E LD_PRELOAD",
        "strace -f --env=LD_PRELOAD=/x.so ./w    | strace -E LD_PRELOAD=/x.so",
        "bwrap --bind / / --clearenv ./w         | bwrap --clearenv",
        "bwrap --unsetenv LD_PRELOAD -- ./w      | bwrap --unsetenv LD_PRELOAD",
        "bwrap --setenv LD_PRELOAD /x.so ./w     | bwrap --setenv LD_PRELOAD",
        "emptyenv ./w                            | emptyenv",
        "emptyenv -p ./w                         | emptyenv",
        "unexport LD_PRELOAD ./w                 | unexport LD_PRELOAD",
        "execlineb -Pc 'export LD_PRELOAD x ./w' | export LD_PRELOAD",
      })
  void knowsWhoLosesThePreload(String line, String loss) {
    assertEquals(Optional.of(loss), started(line).loss());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "env A=b ./w -i                          | ./w -i",
        "env -u A -- A=b ./w                     | ./w",
        "env -S 'A=b ./w x' y                    | ./w x y",
        "nice -n 5 ./w                           | ./w",
        "nice -n5 ./w                            | ./w",
        "nice --adjustment 5 ./w                 | ./w",
        "timeout -k 5 -s KILL 10 ./w             | ./w",
        "timeout --signal=KILL 10 ./w -l         | ./w -l",
        "stdbuf -oL -e 0 ./w                     | ./w",
        "setsid -w ./w                           | ./w",
        "ionice -c 3 ./w                         | ./w",
        "taskset -c 0,1 ./w                      | ./w",
        "chrt -b 0 ./w                           | ./w",
        "setpriv --reuid 1 --clear-groups ./w    | ./w",
        "setpriv --reuid=1 ./w --reset-env       | ./w --reset-env",
        "runuser -u nobody -- ./w -l             | ./w -l",
        "systemd-run --scope ./w                 | ./w",
        "exec -a name ./w                        | ./w",
        "sh -c './w a b'                         | ./w a b",
        "bash -ec 'exec ./w'                     | exec ./w",
        "sh -c '\"$@\"' sh ./w a                 | ./w a",
        "sh -c 'exec \"$0\" \"$@\"' ./w a        | exec ./w a",
        "sh -c './w >out 2>&1 <in'               | ./w",
        "env -C / /w a                           | /w a",
        "env -C / w a                            | w a",
        "env -C /d ./w a                         | /d/./w a",
        "env --chdir=d ./w                       | d/./w",
        "unshare -w /d bin/w                     | /d/bin/w",
        "su nobody -c ./w                        | sh -c ./w",
        "runuser nobody --command='./w a'        | sh,-c,./w a",
        "runuser -u nobody -g 5 ./w              | ./w",
        "ionice --class idle ./w                 | ./w",
        "chrt --sched-runtime 5 -d 0 ./w         | ./w",
        "uclampset -m 5 ./w                      | ./w",
        "prlimit -n=10:20 --as=1000 -- ./w -p    | ./w -p",
        "choom -n 5 -- ./w                       | ./w",
        "flock -w 5 -n /lock ./w a               | ./w a",
        "flock -E 5 /lock -c './w a'             | sh,-c,./w a",
        "setarch x86_64 -R ./w                   | ./w",
        "setarch -R ./w                          | ./w",
        "linux64 --addr-no-randomize ./w         | ./w",
        "unshare -rmpf --mount-proc ./w          | ./w",
        "unshare --propagation private -m ./w    | ./w",
        "xargs -0 -n 1 -I {} ./w {}              | ./w {}",
        "script -qc './w a' /dev/null            | sh,-c,./w a",
        "watch -n 5 ./w a                        | sh,-c,./w a",
        "watch -xn5 ./w a                        | ./w a",
        "strace -f -o out -e trace=open ./w -e   | ./w -e",
        "ltrace -e malloc -o out ./w             | ./w",
        "numactl -m 0 --cpunodebind 0 ./w        | ./w",
        "tini -g -p KILL -- ./w                  | ./w",
        "tini-static -s -- ./w                  | ./w",
        "busybox nice ./w                       | nice ./w",
        "dumb-init -r 15:2 ./w                   | ./w",
        "gosu nobody:nogroup ./w -x              | ./w -x",
        "su-exec 65534 ./w                       | ./w",
        "setpriv --nnp --reuid 1 ./w             | ./w",
        "chroot --userspec=nobody / ./w          | ./w",
        "capsh --user=nobody -- -c ./w           | bash -c ./w",
        "start-stop-daemon -S -x /w -c nobody -- a | /w a",
        "start-stop-daemon -S -x ./w             | //./w",
        "start-stop-daemon -S --chdir /d -x ./w  | /d/./w",
        "nsenter -t 1 -n --wd=/d ./w             | /d/./w",
        "bwrap --bind / / --dev /dev --setenv A --clearenv ./w -x | ./w -x",
        "bwrap --ro-bind / / --unshare-all -- ./w | ./w",
        "bwrap --overlay /a /b /c ./w            | ./w",
        "emptyenv -c ./w                         | ./w",
        "unexport A ./w                          | ./w",
        "envuidgid nobody ./w                    | ./w",
        "execlineb -c './w a'                    | ./w a",
        "execlineb -c 'foreground { a b } cd /d redirfd -w 1 f ./w' | /d/./w",
        "execlineb -c 'emptyenv -p ./w'          | emptyenv -p ./w",
        "execlineb -c '/l/importas -D a P P /l/export P a:$P exec -a $0 ./w $@' b | ./w b",
        "execlineb -c './w $@ ' a b              | ./w a b",
      })
  void knowsWhatIsStarted(String line, String command) {
    Started started = started(line);
    assertEquals(Optional.empty(), started.loss());
    assertEquals(
        List.of(command.split(command.indexOf(',') < 0 ? " " : ",", -1)), started.command());
  }

  @Test
  void doesNotFollowWhatItCannotKnow() {
    for (String line :
        List.of(
            "su nobody",
            "sh -s",
            "sh -c 'a; b'",
            "env",
            "flock 9",
            "busybox cat ./w",
            "xargs",
            "nsenter -t 1 --wd ./w",
            "nsenter -t 1 -w/d ./w")) {
      assertEquals(List.of(), started(line).command(), line);
      assertEquals(Optional.empty(), started(line).loss(), line);
    }
    assertEquals(Optional.of("/r"), started("bwrap --bind /r / ./w").root());
    assertEquals(Optional.of("a; b"), started("sh -c 'a; b'").text());
    assertEquals(Optional.of("x.sh"), started("bash -e x.sh a").script());
    assertEquals(Optional.of("/x"), started("chroot --userspec=a /x ./w").root());
    assertTrue(Started.by(List.of("./w", "env", "-i")).isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "setpriv --reuid 1 --regid 2 ./w, 1, 2",
    "setpriv --euid=nobody ./w, nobody, ''",
    "runuser -u nobody ./w, nobody, ''",
    "runuser -g 5 nobody -c ./w, nobody, 5",
    "su nobody -c ./w, nobody, ''",
    "gosu a:b ./w, a, b",
    "su-exec a ./w, a, ''",
    "chpst -u a:b ./w, a, b",
    "chroot --userspec=a:b / ./w, a, b",
    "capsh --user=a -- -c ./w, a, ''",
    "start-stop-daemon --start -c a:b -x /w, a, b",
    "strace -u a ./w, a, ''",
    "unshare -S 5 -G 6 ./w, 5, 6",
    "systemd-run --scope --uid=5 ./w, 5, ''"
  })
  void knowsTheUser(String line, String user, String group) {
    assertEquals(Optional.of(new Account(user, group)), started(line).account());
  }

  @ParameterizedTest
  @ValueSource(strings = {"envdir", "s6-envdir", "chpst -e"})
  void readsADirectoryOfVariables(String program) throws Exception {
    Files.writeString(folder.resolve("A"), "1\r2 \t\n3");
    Files.writeString(folder.resolve("B"), "");
    String line = program + " " + folder + " ./w";
    assertEquals(Optional.empty(), started(line).loss());
    assertEquals(List.of("./w"), started(line).command());
    assertEquals(Map.of("A", "1\r2"), started(line).over(Map.of("B", "2")));
    Path preloaded = folder.resolve("LD_PRELOAD");
    Files.createSymbolicLink(preloaded, Path.of("/missing"));
    assertEquals(Optional.of(program + " " + folder), started(line).loss());
    Files.delete(preloaded);
    for (String preload : List.of("", "/x.so\n")) {
      Files.writeString(preloaded, preload);
      assertEquals(Optional.of(program + " " + folder), started(line).loss());
    }
  }

  @Test
  void readsAScriptOfExecline() throws Exception {
    Path script = folder.resolve("run");
    Files.writeString(script, "#!/usr/bin/execlineb -P\n# x\nif { ./x }\nemptyenv\n\"./a b\"\n");
    assertEquals(List.of("emptyenv", "./a b"), started("execlineb -P " + script + " ").command());
    assertEquals(Optional.empty(), Started.lossIn("export LD_PRELOAD JAVA_HOME PATH"));
  }

  @Test
  void readsAFileOfVariables() throws Exception {
    Path file = Files.writeString(folder.resolve("variables"), "# B = 2\n A = 1 \n\nnothing\n");
    Started started = started("execlineb -c 'envfile " + file + " ./w'");
    assertEquals(Optional.empty(), started.loss());
    assertEquals(List.of("./w"), started.command());
    assertEquals(Map.of("A", "1"), started.over(Map.of()));
    Files.writeString(file, "LD_PRELOAD=/x.so\n");
    assertEquals(
        Optional.of("envfile " + file), started("execlineb -c 'envfile " + file + " ./w'").loss());
  }

  @Test
  void knowsTheVariables() {
    assertEquals(
        Map.of("A", "1", "B", "x=y"),
        started("env -u C A=1 B=x=y ./w").over(Map.of("A", "0", "C", "2")));
    assertEquals(Map.of("A", "1"), started("strace -E C -E A=1 ./w").over(Map.of("C", "2")));
    assertEquals(Optional.empty(), started("unshare -r -S 0 ./w").account());
  }

  @Test
  void findsTheLossInATextWithSeveralCommands() {
    assertEquals(Optional.of("env -i"), Started.lossIn("A=b; if nice env -i ./w; then ./x; fi"));
    assertEquals(Optional.of("exec -c"), Started.lossIn("a && (exec -c ./w)"));
    assertEquals(Optional.of("su --login"), Started.lossIn("A=b su - nobody"));
    assertEquals(Optional.empty(), Started.lossIn("echo env -i # env -i"));
    assertEquals(Optional.empty(), Started.lossIn("echo 'x; env -i'"));
  }
}
