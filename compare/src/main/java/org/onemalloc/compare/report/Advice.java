package org.onemalloc.compare.report;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.Variant;
import org.onemalloc.compare.judge.Judgement;
import org.onemalloc.compare.judge.VariantJudgement;

/**
 * What to do now: the option, the Dockerfile line or the command that gives a program the
 * recommended variant.
 *
 * @param title its purpose
 * @param text the text to type or paste
 */
record Advice(String title, String text) {
  private static final String TUNED = "+tuned";

  /** Returns the steps for each recommended variant; none if none is recommended. */
  static List<Advice> of(Judgement judgement) {
    List<Advice> steps = new ArrayList<>();
    for (VariantJudgement variant : judgement.recommendation().variants()) {
      steps.addAll(of(judgement.comparison(), variant.variant()));
    }
    return steps;
  }

  private static List<Advice> of(Comparison comparison, Variant variant) {
    return variant.library().isEmpty()
        ? ofTheSystem(comparison, variant)
        : ofALibrary(comparison, variant);
  }

  /**
   * Returns the steps for a JVM's flag or a variable of glibc, which need neither a library nor
   * onemalloc.
   */
  private static List<Advice> ofTheSystem(Comparison comparison, Variant variant) {
    List<Advice> steps = new ArrayList<>();
    String name = variant.name();
    for (String flag : variant.jvmFlags()) {
      steps.add(new Advice(name + ", the JVM's option", flag));
      steps.add(
          new Advice(name + ", in a Dockerfile", "ENV JAVA_TOOL_OPTIONS=" + Shell.quote(flag)));
    }
    for (Map.Entry<String, String> entry : variant.environment().entrySet()) {
      if (!entry.getKey().equals("JAVA_TOOL_OPTIONS")) {
        String setting = entry.getKey() + "=" + Shell.quote(entry.getValue());
        steps.add(
            new Advice(name + ", once", "env " + setting + " " + Shell.line(comparison.command())));
        steps.add(new Advice(name + ", in a Dockerfile", "ENV " + setting));
      }
    }
    return steps;
  }

  private static List<Advice> ofALibrary(Comparison comparison, Variant variant) {
    List<Advice> steps = new ArrayList<>();
    String name = variant.name();
    String choice = variant.choice();
    boolean tuned = choice.endsWith(TUNED);
    String allocator = tuned ? choice.substring(0, choice.length() - TUNED.length()) : choice;
    String options =
        " --allocator " + Shell.quote(allocator) + (tuned ? " --tuned" : "") + " --verify";
    Optional<String> target = comparison.target().map(Path::toString).map(Shell::quote);
    steps.add(
        new Advice(
            name + ", once",
            settings(variant)
                + "onemalloc run -a "
                + Shell.quote(choice)
                + " -- "
                + Shell.line(comparison.command())));
    variant
        .settings()
        .forEach(
            (key, value) ->
                steps.add(
                    new Advice(
                        name + ", its setting, in a Dockerfile",
                        "ENV " + key + "=" + Shell.quote(value))));
    steps.add(
        new Advice(
            name + ", for good",
            "onemalloc link " + target.orElse("PROGRAM-OR-JAVA-IMAGE") + options));
    if (comparison.target().filter(Advice::isJava).isPresent()) {
      steps.add(
          new Advice(
              name + ", in a Dockerfile",
              "RUN cp -a \"$JAVA_HOME\" /linked && java -jar /opt/onemalloc.jar link /linked"
                  + options));
    }
    return steps;
  }

  /** Returns what goes before a command for the settings of the variant; may be empty. */
  private static String settings(Variant variant) {
    if (variant.settings().isEmpty()) {
      return "";
    }
    StringBuilder line = new StringBuilder("env ");
    variant
        .settings()
        .forEach((key, value) -> line.append(key + "=" + Shell.quote(value)).append(' '));
    return line.toString();
  }

  private static boolean isJava(Path target) {
    return Files.isDirectory(target);
  }
}
