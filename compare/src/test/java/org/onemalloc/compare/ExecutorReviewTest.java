package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExecutorReviewTest {
  @TempDir private Path folder;
  private Path library;
  private Path file;

  @BeforeEach
  void prepare() throws IOException {
    library = Files.createSymbolicLink(folder.resolve("a.so"), folder.resolve("a.so.2"));
    Files.createFile(folder.resolve("a.so.2"));
    file = folder.resolve("evidence");
  }

  private String line(String id, String allocator, Path provider, boolean proven, long peak) {
    String doubts = proven ? "" : "\"glibc's own heap holds 9 bytes.\"";
    return """
        {"schema": "onemalloc.evidence", "schemaVersion": 1, "role": "%s", "id": "%s", "host": "n", \
        "pid": 3, "allocator": "%s", "provider": "%s", "peakRssBytes": %d, \
        "proof": {"proven": %s, "failures": [%s], "unseen": []}}
        """
        .formatted(
            id.equals("driver") ? id : "executor", id, allocator, provider, peak, proven, doubts);
  }

  private ExecutorReview review(String text, Expectation expectation) throws IOException {
    Files.writeString(file, text);
    return ExecutorReview.of(file, expectation);
  }

  @Test
  void eachExecutorIsProven() throws IOException {
    Path target = library.toRealPath();
    ExecutorReview review =
        review(
            line("driver", "system", Path.of("/lib/libc.so.6"), true, 900)
                + line("0", "jemalloc", target, true, 100)
                + line("1", "jemalloc", library, true, 301),
            Expectation.of(library));
    assertEquals(List.of("2 of 2 executors proven."), review.evidence());
    assertEquals(List.of(), review.failures());
    assertEquals(
        List.of(new Run.Role("driver", 1, 900), new Run.Role("executor", 2, 200)), review.roles());
  }

  @Test
  void oneThatIsNotIsAFailure() throws IOException {
    Path other = Path.of("/lib/libc.so.6");
    String text = line("0", "jemalloc", library, true, 1) + line("1", "system", other, true, 1);
    assertEquals(
        List.of(
            "1 of 2 executors proven. executor 1 (pid 3): /lib/libc.so.6 serves its malloc, not "
                + library
                + "."),
        review(text, Expectation.of(library)).failures());
    assertEquals(
        List.of(
            "1 of 2 executors proven. executor 0 (pid 3): "
                + library
                + " serves its malloc, not glibc's."),
        review(text, Expectation.GLIBC).failures());
    assertEquals(List.of(), review(text, Expectation.ANYTHING).failures());
    assertEquals(
        List.of("0 of 1 executors proven. executor 0 (pid 3): glibc's own heap holds 9 bytes."),
        review(line("0", "jemalloc", library, false, 1), Expectation.of(library)).failures());
  }

  @Test
  void noEvidenceIsAFailure() throws IOException {
    assertEquals(
        List.of(
            "No evidence was written: give the plugin to spark-submit with --jars"
                + " onemalloc-spark.jar."),
        ExecutorReview.of(file, Expectation.GLIBC).failures());
    assertEquals(
        List.of(
            "No executor sent evidence: executors of their own are needed, as on"
                + " local-cluster[2,1,1024]."),
        review(line("driver", "system", library, true, 1), Expectation.GLIBC).failures());
    assertEquals(1, review("{", Expectation.GLIBC).failures().size());
  }
}
