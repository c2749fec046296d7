package org.onemalloc.compare;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The words of a {@code spark-submit} command, changed so that the executors run on a variant and
 * the plugin {@code onemalloc-spark} writes their evidence. The words stay bytes.
 */
final class SparkSubmission {
  private static final String PLUGIN = "org.onemalloc.spark.OnemallocPlugin";
  private static final String PLUGINS = "spark.plugins=";

  /**
   * Seconds between two looks of an executor. The evidence of its last look is that of the run, and
   * an executor is not always given the time for a look at its end.
   */
  private static final int INTERVAL = 2;

  private SparkSubmission() {}

  /**
   * Returns the words with the settings of a variant.
   *
   * @param words a command that has {@code spark-submit} in it
   * @param environment the variables of the variant, which each executor is given
   * @param evidence where the driver writes the evidence
   * @throws CommandException if {@code spark-submit} is not one of the words
   */
  static List<byte[]> of(List<byte[]> words, Map<String, String> environment, Path evidence) {
    int submit = 0;
    while (!isSubmit(words.get(submit))) {
      submit++;
      if (submit == words.size()) {
        throw CommandException.unusable(
            "--engine spark is for a command with spark-submit: name it.");
      }
    }
    List<byte[]> changed = new ArrayList<>(words.subList(0, submit + 1));
    environment.forEach((name, value) -> conf(changed, "spark.executorEnv." + name + "=" + value));
    conf(changed, "spark.onemalloc.evidence=" + evidence);
    conf(changed, "spark.onemalloc.interval=" + INTERVAL + "s");
    List<byte[]> rest = new ArrayList<>(words.subList(submit + 1, words.size()));
    if (!joined(rest)) {
      conf(changed, PLUGINS + PLUGIN);
    }
    changed.addAll(rest);
    return changed;
  }

  private static boolean isSubmit(byte[] word) {
    String text = text(word);
    return text.substring(text.lastIndexOf('/') + 1).equals("spark-submit");
  }

  private static void conf(List<byte[]> words, String setting) {
    words.add(bytes("--conf"));
    words.add(setting.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds our plugin to the plugins that the command names, and returns whether it names any. */
  private static boolean joined(List<byte[]> words) {
    for (int i = 1; i < words.size(); i++) {
      String option = text(words.get(i - 1));
      String word = text(words.get(i));
      if ((option.equals("--conf") || option.equals("-c")) && word.startsWith(PLUGINS)) {
        words.set(i, bytes(word.contains(PLUGIN) ? word : word + "," + PLUGIN));
        return true;
      }
    }
    return false;
  }

  private static String text(byte[] word) {
    return new String(word, StandardCharsets.ISO_8859_1);
  }

  private static byte[] bytes(String word) {
    return word.getBytes(StandardCharsets.ISO_8859_1);
  }
}
