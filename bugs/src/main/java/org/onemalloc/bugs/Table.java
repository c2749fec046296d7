package org.onemalloc.bugs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Makes every mistake in every mode and writes the table into a document: {@code Table FILE}. */
public final class Table {
  private static final String BEGIN = "<!-- table of bugs/run: begin -->";
  private static final String END = "<!-- table of bugs/run: end -->";
  private static final String HEAD =
      """
      | bug | off | sampled | full | full, reads | Netty paranoid | LWJGL debug | Arrow debug |
      |---|---|---|---|---|---|---|---|
      """;

  /**
   * How many times a mistake is made in a run of {@code sampled}, and the interval in microseconds.
   */
  private static final String[] LOOP = {"10000", "100"};

  private static final int RUNS = 3;

  private record Cell(String text, boolean tried, boolean found) {
    static Cell of(Outcome outcome) {
      return new Cell(outcome.toString(), true, outcome.found());
    }
  }

  private record Line(Bug bug, List<Cell> cells) {}

  private Table() {}

  /** Runs everything, two mistakes at a time. */
  public static void main(String[] arguments) throws IOException {
    Path file = Path.of(arguments[0]);
    List<Line> lines = Bugs.all().parallelStream().map(Table::line).toList();
    StringBuilder table = new StringBuilder(HEAD);
    lines.forEach(line -> table.append(text(line)));
    table.append("| **found** |");
    for (int i = 0; i < lines.getFirst().cells.size(); i++) {
      int column = i;
      long found = lines.stream().filter(line -> line.cells.get(column).found).count();
      long tried = lines.stream().filter(line -> line.cells.get(column).tried).count();
      table.append(" **").append(found).append(" of ").append(tried).append("** |");
    }
    String page = Files.readString(file);
    String before = page.substring(0, page.indexOf(BEGIN) + BEGIN.length());
    Files.writeString(file, before + "\n" + table + "\n" + page.substring(page.indexOf(END)));
  }

  private static String text(Line line) {
    StringBuilder text = new StringBuilder("| ").append(line.bug.name()).append(" |");
    line.cells.forEach(cell -> text.append(' ').append(cell.text).append(" |"));
    return text.append('\n').toString();
  }

  private static Line line(Bug bug) {
    try {
      Cell off = Cell.of(Trial.run(Mode.OFF, bug).outcome());
      Cell full = Cell.of(Trial.run(Mode.FULL, bug).outcome());
      Cell reads = Cell.of(Trial.run(Mode.READS, bug).outcome());
      Line line =
          new Line(
              bug,
              List.of(
                  off,
                  sampled(bug),
                  full,
                  reads,
                  peer(Mode.NETTY, bug),
                  peer(Mode.LWJGL, bug),
                  peer(Mode.ARROW, bug)));
      System.err.print(text(line));
      return line;
    } catch (IOException e) {
      throw new IllegalStateException(bug.name() + " could not be run.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(bug.name() + " was interrupted.", e);
    }
  }

  /** Returns the most informative outcome, and in how many of the runs the mistake was found. */
  private static Cell sampled(Bug bug) throws IOException, InterruptedException {
    int times = 0;
    Outcome shown = Outcome.SILENT;
    for (int i = 0; i < RUNS; i++) {
      Outcome outcome = Trial.run(Mode.SAMPLED, bug, LOOP).outcome();
      times += outcome.found() ? 1 : 0;
      shown = outcome.found() || !shown.found() ? outcome : shown;
    }
    return new Cell(shown + (times == 0 ? "" : " " + times + "/" + RUNS), true, times > 0);
  }

  private static Cell peer(Mode mode, Bug bug) throws IOException, InterruptedException {
    Optional<Bug> same =
        mode.library().bugs().stream().filter(b -> b.name().equals(bug.name())).findFirst();
    return same.isPresent()
        ? Cell.of(Trial.run(mode, same.get()).outcome())
        : new Cell("", false, false);
  }
}
