package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.onemalloc.collect.CollectException;
import org.onemalloc.collect.Gathering;
import org.onemalloc.collect.Observed;

/**
 * What the executors of an application have proven from inside, on whichever machines they ran.
 *
 * @param evidence one sentence, such as "12 of 12 executors proven."; empty if there is a failure
 * @param failures one sentence if no executor, or not each of them, is proven
 * @param roles the memory of the driver and of the executors
 */
record ExecutorReview(List<String> evidence, List<String> failures, List<Run.Role> roles) {
  private static final String EXECUTOR = "executor";

  /**
   * Reads and judges the evidence of a run.
   *
   * @param file the file that the driver has written, or not
   * @param expectation the provider of malloc that is expected in each executor
   */
  static ExecutorReview of(Path file, Expectation expectation) {
    List<Observed> all;
    try {
      all = Files.exists(file) ? Gathering.of(List.of(file), "", "").processes() : List.of();
    } catch (CollectException | IOException e) {
      return failed("The evidence of the executors cannot be read: " + e.getMessage());
    }
    List<Observed> executors = all.stream().filter(each -> each.role().equals(EXECUTOR)).toList();
    if (executors.isEmpty()) {
      return failed(
          all.isEmpty()
              ? "No evidence was written: give the plugin to spark-submit with --jars"
                  + " onemalloc-spark.jar."
              : "No executor sent evidence: executors of their own are needed, as on"
                  + " local-cluster[2,1,1024].");
    }
    List<String> doubts = new ArrayList<>();
    for (Observed executor : executors) {
      String doubt = doubt(executor, expectation);
      if (!doubt.isEmpty()) {
        doubts.add(executor.name() + ": " + doubt);
      }
    }
    String sentence =
        "%d of %d executors proven".formatted(executors.size() - doubts.size(), executors.size());
    return doubts.isEmpty()
        ? new ExecutorReview(List.of(sentence + "."), List.of(), roles(all))
        : new ExecutorReview(List.of(), List.of(sentence + ". " + doubts.getFirst()), roles(all));
  }

  private static ExecutorReview failed(String sentence) {
    return new ExecutorReview(List.of(), List.of(sentence), List.of());
  }

  /** Returns why an executor is not proven to run as expected; empty if it is. */
  private static String doubt(Observed executor, Expectation expectation) {
    if (expectation.isAnything()) {
      return "";
    }
    if (executor.doubt().isPresent()) {
      return executor.doubt().get();
    }
    boolean met =
        expectation
            .library()
            .map(library -> executor.isServedBy(library.toString()))
            .orElse(executor.allocator().equals("system"));
    return met
        ? ""
        : "%s serves its malloc, not %s."
            .formatted(
                executor.provider(), expectation.library().map(Path::toString).orElse("glibc's"));
  }

  private static List<Run.Role> roles(List<Observed> all) {
    Map<String, List<Long>> peaks = new LinkedHashMap<>();
    for (Observed each : all) {
      OptionalLong peak = each.memory().peak();
      if (peak.isPresent()) {
        peaks.computeIfAbsent(each.role(), role -> new ArrayList<>()).add(peak.getAsLong());
      }
    }
    List<Run.Role> roles = new ArrayList<>();
    peaks.forEach(
        (role, bytes) ->
            roles.add(
                new Run.Role(
                    role,
                    bytes.size(),
                    bytes.stream().mapToLong(Long::longValue).sum() / bytes.size())));
    return roles;
  }
}
