package org.onemalloc.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.onemalloc.text.Style;
import org.onemalloc.top.Frame;
import org.onemalloc.top.FrameJson;
import org.onemalloc.top.Screen;
import org.onemalloc.top.Watched;
import org.onemalloc.top.WindowSize;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code onemalloc top}. */
@Command(
    name = "top",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "Show the native memory of a process, live: by mapping, and by tag of its heap.",
    footer = {
      "",
      "For example: onemalloc top 4711",
      "             onemalloc top --once --json 4711",
      "A JVM with onemalloc-observe and -Donemalloc.observe=on shows its heap, tags and limits too.",
      "Exit codes: 0 shown, 1 the process ended, 2 there is no such process or it cannot be read."
    })
final class TopCommand implements Callable<Integer> {
  private static final String HOME = "\u001b[H";
  private static final String END_OF_LINE = "\u001b[K";
  private static final String END_OF_SCREEN = "\u001b[J";

  @Option(
      names = {"-i", "--interval"},
      paramLabel = "S",
      defaultValue = "2",
      description = "Seconds between two updates (default: 2).")
  private double interval;

  @Option(
      names = {"-n", "--count"},
      paramLabel = "N",
      description = "End after N updates (default: at Ctrl-C).")
  private Integer count;

  @Option(names = "--once", description = "Show the figures once; the same as --count 1.")
  private boolean once;

  @Option(names = "--json", description = "Print each update as one line of JSON.")
  private boolean json;

  @Option(names = "--outside", description = "Do not ask a JVM for the figures of its heap.")
  private boolean outside;

  @Parameters(paramLabel = "PID", description = "The process id.")
  private String pid;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (!pid.matches("[0-9]{1,18}")) {
      throw new UsageException(pid + " is not a process id.");
    }
    if (!(interval >= 0.1 && interval <= 86_400)) {
      throw new UsageException("--interval must be from 0.1 seconds to a day.");
    }
    if (count != null && (count < 1 || once)) {
      throw new UsageException("--count must be at least 1, and cannot be given with --once.");
    }
    Watched watched = Watched.of(Long.parseLong(pid), !outside);
    show(watched, once ? 1 : count == null ? Integer.MAX_VALUE : count);
    return 0;
  }

  private void show(Watched watched, int looks) {
    PrintWriter out = spec.commandLine().getOut();
    boolean live = Terminal.isInteractive() && !json && looks > 1;
    Screen screen = new Screen(Terminal.hasColours() ? Style.ANSI : Style.PLAIN);
    for (int look = 0; look < looks; look++) {
      if (look > 0) {
        LockSupport.parkNanos((long) (interval * 1e9));
      }
      Frame frame = watched.look();
      if (json) {
        out.println(FrameJson.of(frame));
      } else if (live) {
        redraw(screen, frame, look == 0);
      } else {
        out.print(look > 0 ? "\n" : "");
        screen.draw(frame, WindowSize.NONE).forEach(out::println);
      }
      if (out.checkError()) {
        return; // the reader has gone or the write failed; reported at the end
      }
    }
  }

  /**
   * Draws a frame over the previous one, line by line, because clearing the window first would
   * flicker. The escape sequences that move the cursor go to {@code System.out}, because the
   * command's own writer would print them as text.
   */
  private static void redraw(Screen screen, Frame frame, boolean first) {
    StringBuilder text = new StringBuilder(first ? "\u001b[2J" + HOME : HOME);
    for (String line : screen.draw(frame, WindowSize.now())) {
      text.append(line).append(END_OF_LINE).append('\n');
    }
    System.out.print(text.append(END_OF_SCREEN));
    System.out.flush();
  }
}
