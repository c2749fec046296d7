package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SamplerTest {
  @TempDir Path folder;

  /** Otherwise the run would have a mark for proven and no peak. */
  @Test
  void aSamplerThatFailsSaysSo() throws Exception {
    try (RunFiles files = RunFiles.in(folder)) {
      Sampler sampler = new Sampler(0, System.nanoTime(), 1_000_000, 0, files, null, null);
      assertEquals(Optional.empty(), sampler.failure());
      sampler.start();
      for (int i = 0; i < 500 && sampler.failure().isEmpty(); i++) {
        LockSupport.parkNanos(10_000_000);
      }
      sampler.stop();
      String why = sampler.failure().orElseThrow();
      assertTrue(why.contains("the sampler failed: java.lang.NullPointerException"), why);
    }
  }
}
