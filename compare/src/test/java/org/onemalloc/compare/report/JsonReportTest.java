package org.onemalloc.compare.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.Fixture;
import org.onemalloc.compare.Run;

class JsonReportTest {
  @TempDir Path directory;

  @Test
  void anotherParserReadsBackTheSamples() throws Exception {
    Comparison comparison = Fixture.realistic();
    Run last = comparison.runs().getLast();
    long samples = comparison.runs().stream().mapToLong(run -> run.samples().size()).sum();
    assertEquals(
        "onemalloc.compare 1 7 35 "
            + samples
            + " "
            + last.samples().getLast().pssBytes()
            + " "
            + last.usage().wallNanos()
            + " <jemalloc>: Unsupported system page size",
        python(
            comparison,
            "print(d['schema'], d['schemaVersion'], len(d['variants']), len(d['runs']),"
                + "sum(len(r['samples']) for r in d['runs']), d['runs'][-1]['samples'][-1]['pssBytes'],"
                + "d['runs'][-1]['usage']['wallNanos'],"
                + "d['runs'][5]['outcome']['message'].splitlines()[0])"));
  }

  @Test
  void theSummaryIsWhatPythonComputesFromTheSamples() throws Exception {
    assertEquals(
        "True",
        python(
            Fixture.realistic(),
            """
            import math, statistics
            def peaks(v): return {r['round']: r['usage']['peakRssBytes'] for r in d['runs'] if r['variant'] == v}
            a, b = peaks('system'), peaks('mimalloc+tuned')
            logs = [math.log(b[k] / a[k]) for k in a]
            mean, error = statistics.fmean(logs), statistics.stdev(logs) / math.sqrt(len(logs))
            reach = 2.7764451051977987 * error
            f = [v for v in d['variants'] if v['name'] == 'mimalloc+tuned'][0]['figures']['peakRss']
            close = lambda x, y: abs(x - y) < 1e-9
            print(close(f['ratio']['low'], math.exp(mean - reach)) and close(f['ratio']['high'], math.exp(mean + reach))
                  and f['median'] == statistics.median(b.values()))
            """));
  }

  private String python(Comparison comparison, String script)
      throws IOException, InterruptedException {
    assumeTrue(installed(), "no second JSON parser to ask: python3 is not installed");
    Path file = directory.resolve("report.json");
    Report.of(comparison).writeJson(file);
    Path program = directory.resolve("program.py");
    String open = "import json, sys\nd = json.load(open(sys.argv[1], encoding='utf-8'))\n";
    Files.writeString(program, open + script);
    Process python =
        new ProcessBuilder("python3", program.toString(), file.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    python.waitFor();
    return output.strip();
  }

  private static boolean installed() {
    try {
      return new ProcessBuilder("python3", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
