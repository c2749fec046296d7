package org.onemalloc.arrow.suite;

import static java.util.stream.Collectors.toSet;
import static org.junit.platform.engine.discovery.ClassNameFilter.excludeClassNamePatterns;
import static org.junit.platform.engine.discovery.ClassNameFilter.includeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClasspathRoots;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import org.onemalloc.Heap;
import org.onemalloc.arrow.Counted;

/** Runs Arrow's test classes in this JVM; prints each failure, all outcomes, and the accounts. */
public final class SuiteRun {
  /** As Arrow's own build names them, less its integration tests. */
  public static final String ALL = ".*\\.(Test[^.]*|[^.]*Test)";

  /** Expects that Arrow refuses to start, and so has a JVM of its own. */
  public static final String OPENS = ".*\\.TestOpens";

  private static final int STACK = 30;

  private SuiteRun() {}

  /** Runs the classes of a pattern in directories: the first argument, and all others. */
  public static void main(String[] arguments) {
    System.out.println(Heap.binding().toString().lines().findFirst().orElseThrow());
    String pattern = arguments[0];
    Set<Path> roots = Arrays.stream(arguments).skip(1).map(Path::of).collect(toSet());
    LauncherDiscoveryRequestBuilder request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClasspathRoots(roots))
            .filters(includeClassNamePatterns(pattern));
    if (!pattern.equals(OPENS)) {
      request.filters(excludeClassNamePatterns(OPENS));
    }
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create().execute(request.build(), listener);
    TestExecutionSummary summary = listener.getSummary();
    summary.printFailuresTo(new PrintWriter(System.out, true, StandardCharsets.UTF_8), STACK);
    System.out.printf(
        "outcomes %d passed, %d failed, %d aborted, %d skipped%n",
        summary.getTestsSucceededCount(),
        summary.getTotalFailureCount(),
        summary.getTestsAbortedCount(),
        summary.getTestsSkippedCount());
    System.out.printf(
        "accounts %d allocations, %d releases, %d bytes live%n",
        Counted.ALLOCATIONS.get(), Counted.RELEASES.get(), Counted.LIVE_BYTES.get());
    System.exit(0);
  }
}
