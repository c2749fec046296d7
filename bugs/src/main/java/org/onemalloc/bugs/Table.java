package org.onemalloc.bugs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Makes every mistake in every mode and writes the table of {@code docs/checked.md}: {@code Table
 * FILE}, or to standard output.
 */
public final class Table {
  private static final String BEGIN = "<!-- table of bugs/run: begin -->";
  private static final String END = "<!-- table of bugs/run: end -->";

  /** How often a mistake is made in a run of {@code sampled}, and how many µs apart. */
  private static final String[] LOOP = {"10000", "100"};

  private static final int RUNS = 3;

  private final StringBuilder table = new StringBuilder();
  private final int[] found = new int[6];
  private final int[] tried = new int[6];

  private Table() {}

  /** Runs everything. */
  public static void main(String[] arguments) throws Exception {
    String text = new Table().run();
    if (arguments.length == 0) {
      System.out.print(text);
      return;
    }
    Path file = Path.of(arguments[0]);
    String page = Files.readString(file);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END);
    Files.writeString(file, page.substring(0, begin) + "\n" + text + page.substring(end));
  }

  private String run() throws Exception {
    table.append("| bug | off | sampled | full | Netty paranoid | LWJGL debug | Arrow debug |\n");
    table.append("|---|---|---|---|---|---|---|\n");
    for (Bug bug : Bugs.ours()) {
      table.append("| ").append(bug.name()).append(" | ");
      once("off", bug, 0);
      sampled(bug);
      once("full", bug, 2);
      peer("netty", bug, 3);
      peer("lwjgl", bug, 4);
      peer("arrow", bug, 5);
      table.append('\n');
      System.err.println(bug.name());
    }
    table.append("| **found** |");
    for (int i = 0; i < found.length; i++) {
      table.append(" **").append(found[i]).append(" of ").append(tried[i]).append("** |");
    }
    return table.append('\n').toString();
  }

  private void once(String mode, Bug bug, int column) throws IOException, InterruptedException {
    add(Trial.run(mode, bug).outcome(), column, "");
  }

  private void add(Outcome outcome, int column, String more) {
    tried[column]++;
    found[column] += outcome.found() ? 1 : 0;
    table.append(outcome).append(more).append(" | ");
  }

  private void sampled(Bug bug) throws IOException, InterruptedException {
    int times = 0;
    Outcome shown = Outcome.SILENT;
    for (int i = 0; i < RUNS; i++) {
      Outcome outcome = Trial.run("sampled", bug, LOOP).outcome();
      times += outcome.found() ? 1 : 0;
      shown = outcome.found() || !shown.found() ? outcome : shown;
    }
    add(shown, 1, times == 0 ? "" : " " + times + "/" + RUNS);
  }

  private void peer(String library, Bug bug, int column) throws Exception {
    List<Bug> theirs = Bugs.of(library);
    Optional<Bug> same = theirs.stream().filter(b -> b.name().equals(bug.name())).findFirst();
    if (same.isPresent()) {
      once(library, same.get(), column);
    } else {
      table.append(" | ");
    }
  }
}
