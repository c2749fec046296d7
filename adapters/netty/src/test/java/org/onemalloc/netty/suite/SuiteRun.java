package org.onemalloc.netty.suite;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
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
 * Runs the suites in this JVM and prints what came of them: a line for each class, then the
 * accounts.
 */
public final class SuiteRun {
  private static long live;

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
      if (names.length == 0 || List.of(names).contains(suite.getSimpleName())) {
        run(suite);
      }
    }
    System.out.printf(
        "%d allocations, %d releases, %d not released by the tests%n",
        Ours.allocations(), Ours.releases(), live);
    System.exit(0); // Netty's tests leave threads behind
  }

  /**
   * Runs a class, and, if buffers are left over, the class as Netty has it: some of its tests
   * expect an exception and never release what they had by then, and leave as much of Netty's own.
   */
  private static void run(Class<?> suite) {
    long usedBefore = Ours.used();
    long liveBefore = Ours.allocations() - Ours.releases();
    Tally tally = execute(suite);
    long used = Ours.used() - usedBefore;
    live += Ours.allocations() - Ours.releases() - liveBefore;
    long theirs = 0;
    if (used != 0) {
      long before = UnpooledByteBufAllocator.DEFAULT.metric().usedHeapMemory();
      execute(suite.getSuperclass());
      theirs = UnpooledByteBufAllocator.DEFAULT.metric().usedHeapMemory() - before;
    }
    System.out.printf(
        "%s: %s, live %d bytes, Netty's own %d%n",
        suite.getSimpleName(), tally.outcomes, used, theirs);
  }

  private static Tally execute(Class<?> suite) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClass(suite))
            .configurationParameter("junit.jupiter.execution.parallel.enabled", "false")
            .build();
    Tally tally = new Tally();
    LauncherFactory.create().execute(request, tally);
    return tally;
  }
}
