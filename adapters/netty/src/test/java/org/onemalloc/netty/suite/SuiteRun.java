package org.onemalloc.netty.suite;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.Map;
import java.util.TreeMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.onemalloc.Heap;

/**
 * Runs the suites in this JVM and prints what came of them: one line a class, then the accounts.
 */
public final class SuiteRun {
  private SuiteRun() {}

  private static final class Tally implements TestExecutionListener {
    final Map<String, Integer> outcomes = new TreeMap<>();

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
      if (test.isTest()) {
        count("skipped");
      }
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      if (test.isTest()) {
        count(
            switch (result.getStatus()) {
              case SUCCESSFUL -> "passed";
              case ABORTED -> "assumed away";
              case FAILED -> "failed";
            });
      }
      if (result.getStatus() == TestExecutionResult.Status.FAILED) {
        System.out.println("FAILED " + test.getUniqueId());
        result.getThrowable().ifPresent(t -> t.printStackTrace(System.out));
      }
    }

    private void count(String outcome) {
      outcomes.merge(outcome, 1, Integer::sum);
    }
  }

  /** Runs all, or the classes named. */
  public static void main(String[] names) {
    System.out.println(Heap.binding().toString().lines().findFirst().orElseThrow());
    for (Class<?> suite : Suites.ALL) {
      if (names.length == 0 || java.util.List.of(names).contains(suite.getSimpleName())) {
        run(suite);
      }
    }
    System.out.println(
        "allocations="
            + Ours.allocations()
            + " releases="
            + Ours.releases()
            + " used="
            + Ours.used());
    System.exit(0); // Netty's tests leave threads behind
  }

  private static void run(Class<?> suite) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request().selectors(selectClass(suite)).build();
    Tally tally = new Tally();
    long start = System.nanoTime();
    LauncherFactory.create().execute(request, tally);
    long before = Ours.allocations();
    System.out.println(
        suite.getSimpleName()
            + " "
            + tally.outcomes
            + " live="
            + (before - Ours.releases())
            + " ms="
            + (System.nanoTime() - start) / 1_000_000);
  }
}
