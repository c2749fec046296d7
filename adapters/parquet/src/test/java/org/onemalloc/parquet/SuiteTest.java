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
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * Parquet's own tests of bytes and of columns, with ours in place of its direct allocator and of
 * its allocator of arrays.
 */
class SuiteTest {
  private static final long LEAST_ALLOCATIONS = 1_000;

  /**
   * Two that are not published to run outside of Parquet's build: one needs a class among the tests
   * of parquet-encoding, one a library that the published jar has under another name. Neither
   * allocates buffers.
   */
  private static final String NO_CLASSES = ".*\\.(TestBitPackingColumn|TestBoundaryOrder)";

  @Test
  void passesParquetsOwnTests() {
    Set<Path> jars =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
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
    System.out.println(text + " " + Counted.ALLOCATIONS + " " + Counted.ALLOCATOR.live());
    assertEquals(0, summary.getTotalFailureCount(), text.toString());
    assertTrue(Counted.ALLOCATIONS.get() > LEAST_ALLOCATIONS, Counted.ALLOCATIONS + " allocations");
    assertEquals(0, Counted.ALLOCATOR.live());
  }
}
