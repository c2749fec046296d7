package org.onemalloc.parquet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.ClassNameFilter.excludeClassNamePatterns;
import static org.junit.platform.engine.discovery.ClassNameFilter.includeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClasspathRoots;

import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * Parquet's own tests of bytes and of columns, with ours in place of its direct allocator and of
 * its allocator of arrays.
 */
@Tag("long")
class SuiteTest {
  private static final long LEAST_ALLOCATIONS = 1_000_000;
  private static final long LEAST_TESTS = 900;

  /**
   * Classes that do not run outside of Parquet's build: TestBitPackingColumn needs a class of the
   * tests of parquet-encoding, the others libraries that the published jar has under other names.
   * None allocates a buffer.
   */
  private static final String NO_CLASSES =
      ".*\\.(TestBitPackingColumn|TestBoundaryOrder|TestBlockSplitBloomFilter|VersionTest)";

  @Test
  void passesParquetsOwnTests() {
    Set<Path> jars =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(entry -> entry.matches(".*parquet-(common|column)-[^/]*-tests.jar"))
            .map(Path::of)
            .collect(Collectors.toSet());
    assertEquals(2, jars.size());
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClasspathRoots(jars))
                .filters(includeClassNamePatterns(".*\\.(Test[^.]*|[^.]*Test)"))
                .filters(excludeClassNamePatterns(NO_CLASSES))
                .build(),
            listener);
    TestExecutionSummary summary = listener.getSummary();
    StringWriter text = new StringWriter();
    summary.printTo(new PrintWriter(text));
    summary.printFailuresTo(new PrintWriter(text), 30);
    assertEquals(0, summary.getTotalFailureCount(), text.toString());
    assertTrue(Counted.ALLOCATIONS.get() > LEAST_ALLOCATIONS, Counted.ALLOCATIONS + " allocations");
    // some tests never release, because arrays do not need it; a second release would throw
    assertTrue(
        Counted.ALLOCATOR.live() < Counted.ALLOCATIONS.get() / 1000,
        Counted.ALLOCATOR.live() + " live");
    assertTrue(summary.getTestsSucceededCount() > LEAST_TESTS, text.toString());
  }
}
