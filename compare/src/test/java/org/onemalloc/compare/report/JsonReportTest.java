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
import org.onemalloc.text.AtomicFile;

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
            "print(d['schema'], d['schemaVersion'], len(d['variants']),"
                + " len(d['runs']),sum(len(r['samples']) for r in d['runs']),"
                + " d['runs'][-1]['samples'][-1]['pssBytes'],d['runs'][-1]['usage']['wallNanos'],"
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
            names = [v['name'] for v in d['variants'] if v['runsCounted'] == 5]
            y = [[math.log(r['usage']['peakRssBytes']) for r in sorted(d['runs'], key=lambda r: r['round'])
                  if r['variant'] == n] for n in names]
            v, r = len(y), 5
            rows = [statistics.fmean(x) for x in y]
            columns = [statistics.fmean(x) for x in zip(*y)]
            whole = statistics.fmean(rows)
            rest = sum((y[i][j] - rows[i] - columns[j] + whole) ** 2 for i in range(v) for j in range(r))
            error = math.sqrt(rest / ((v - 1) * (r - 1)) * 2 / r)
            mean = rows[names.index('mimalloc+tuned')] - rows[names.index('system')]
            reach = 2.119905299221011 * error  # t(0.975) with 16 degrees of freedom
            b = [r['usage']['peakRssBytes'] for r in d['runs'] if r['variant'] == 'mimalloc+tuned']
            f = [v for v in d['variants'] if v['name'] == 'mimalloc+tuned'][0]['figures']['peakRss']
            close = lambda x, y: abs(x - y) < 1e-9
            print(close(f['ratio']['low'], math.exp(mean - reach)) and close(f['ratio']['high'], math.exp(mean + reach))
                  and f['median'] == statistics.median(b) and f['ratio']['degreesOfFreedom'] == 16)
            """));
  }

  private String python(Comparison comparison, String script)
      throws IOException, InterruptedException {
    assumeTrue(installed(), "no second JSON parser to ask: python3 is not installed");
    Path file = directory.resolve("report.json");
    AtomicFile.write(file, Report.of(comparison)::json);
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
