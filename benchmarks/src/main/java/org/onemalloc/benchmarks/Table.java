package org.onemalloc.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The table of docs/performance.md, made from the files that {@link Json} wrote. */
final class Table {
  static final String BEGIN = "<!-- rows of ./bench -->\n";
  static final String END = "<!-- end of rows -->\n";
  private static final String HEAD =
      """
      | row | unit | ours [spread] | peer | peer's [spread] | ratio | goal |
      |---|---|---|---|---|---|---|
      """;

  private static final String STRING = "\"((?:[^\"\\\\]|\\\\.)*)\"";
  private static final String FIGURE = "\"median\": (\\S+), \"least\": (\\S+), \"most\": ([^,}]+)";
  private static final Pattern ROW =
      Pattern.compile(
          "\\{\\s*\"name\": "
              + (STRING + ",\\s*\"work\": " + STRING + ",\\s*\"unit\": " + STRING)
              + (",\\s*\"ours\": \\{" + FIGURE + "},\\s*\"peers\": \\[([^]]*)]\\s*}"));
  private static final Pattern PEER =
      Pattern.compile(
          "\\{\"name\": "
              + (STRING + ", " + FIGURE + ", \"ratio\": ([^,}]+)")
              + "(?:, \"goal\": ([^,}]+), \"met\": (\\w+))?}");

  private static final Pattern BLOCK =
      Pattern.compile("\\| \\*\\*(\\S+)\\*\\* .*\\n(?:\\|  \\|.*\\n)*");

  private Table() {}

  /** Returns the table of JSON files; of two rows with the same name the later one is used. */
  static String of(List<Path> files) throws IOException {
    return text(blocks(files));
  }

  /**
   * Puts the rows of JSON files into the table of a document, which is between {@link #BEGIN} and
   * {@link #END}. Rows that are not in the files are kept.
   */
  static void into(Path document, List<Path> files) throws IOException {
    String text = Files.readString(document);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    int end = text.indexOf(END);
    if (begin < BEGIN.length() || end < begin) {
      throw new IOException(document + " has no table between " + BEGIN.strip() + " and its end.");
    }
    Map<String, String> blocks = new LinkedHashMap<>();
    for (MatchResult block : BLOCK.matcher(text.substring(begin, end)).results().toList()) {
      blocks.put(block.group(1), block.group());
    }
    blocks.putAll(blocks(files));
    Files.writeString(
        document, text.substring(0, begin) + "\n" + text(blocks) + "\n" + text.substring(end));
  }

  /** In the order of {@link Rows}. */
  private static String text(Map<String, String> blocks) {
    Map<String, String> left = new LinkedHashMap<>(blocks);
    StringBuilder text = new StringBuilder(HEAD);
    for (Row row : Rows.all()) {
      String block = left.remove(row.name());
      text.append(block == null ? "" : block);
    }
    left.values().forEach(text::append);
    return text.toString();
  }

  private static Map<String, String> blocks(List<Path> files) throws IOException {
    Map<String, String> blocks = new LinkedHashMap<>();
    for (Path file : files) {
      for (MatchResult row : ROW.matcher(Files.readString(file)).results().toList()) {
        blocks.put(row.group(1), block(row));
      }
    }
    if (blocks.isEmpty()) {
      throw new IOException("There are no rows of ./bench --json in " + files + ".");
    }
    return blocks;
  }

  private static String block(MatchResult row) {
    StringBuilder text = new StringBuilder();
    String first =
        "| **"
            + plain(row, 1)
            + "** "
            + plain(row, 2)
            + " | "
            + plain(row, 3)
            + " | "
            + figure(row, 4);
    for (MatchResult peer : PEER.matcher(row.group(7)).results().toList()) {
      text.append(first).append(" | ").append(plain(peer, 1)).append(" | ");
      text.append(figure(peer, 2)).append(" | ").append(number("%.3f", peer.group(5)));
      text.append(" | ").append(goal(peer)).append(" |\n");
      first = "|  |  | ";
    }
    return text.toString();
  }

  private static String goal(MatchResult peer) {
    if (peer.group(6) == null) {
      return "";
    }
    boolean met = peer.group(7).equals("true");
    return "≤ " + number("%.3f", peer.group(6)) + (met ? " met" : " **missed**");
  }

  private static String figure(MatchResult match, int group) {
    return Report.figure(Double.parseDouble(match.group(group)))
        + (" [" + Report.figure(Double.parseDouble(match.group(group + 1))))
        + (".." + Report.figure(Double.parseDouble(match.group(group + 2))) + "]");
  }

  private static String number(String format, String value) {
    return String.format(Locale.ROOT, format, Double.parseDouble(value));
  }

  private static String plain(MatchResult match, int group) {
    return match.group(group).replaceAll("\\\\(.)", "$1");
  }
}
