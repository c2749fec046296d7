package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.allocators.Allocator;
import org.onemalloc.allocators.AllocatorException;
import org.onemalloc.allocators.Allocators;

class AllocatorReportTest {
  @TempDir Path folder;

  @Test
  void readsWhatJemallocSaysAtExit() throws Exception {
    AllocatorStatistics said = statisticsOf("jemalloc@installed");
    long allocated = said.allocatedBytes().orElseThrow();
    assertTrue(allocated > 0);
    assertTrue(said.activeBytes().orElseThrow() >= allocated);
    assertTrue(said.residentBytes().orElseThrow() >= said.activeBytes().orElseThrow());
  }

  @Test
  void readsWhatTcmallocSaysAtExit() throws Exception {
    AllocatorStatistics said = statisticsOf("tcmalloc");
    assertTrue(said.allocatedBytes().orElseThrow() > 0);
    assertTrue(said.residentBytes().orElseThrow() >= said.allocatedBytes().orElseThrow());
  }

  @Test
  void leavesTheUsersOwnSettingsBeforeTheRequest() {
    Allocator jemalloc = allocator("jemalloc@installed");
    Map<String, String> changes = new HashMap<>(Map.of("MALLOC_CONF", "narenas:2"));
    AllocatorReport.request(jemalloc, changes);
    assertTrue(changes.get("MALLOC_CONF").startsWith("narenas:2,stats_print:true"));
  }

  @Test
  void takesTheProcessThatHadMostOfSeveral() {
    String account =
        "{\"jemalloc\":{\"stats\":{\"allocated\":%d,\"active\":2,\"metadata\":3,\"resident\":4,"
            + "\"mapped\":5,\"retained\":6}}}";
    String output =
        account.formatted(10) + "\nnoise\n" + account.formatted(30) + account.formatted(20);
    assertEquals(
        30,
        AllocatorReport.read(allocator("jemalloc"), output)
            .orElseThrow()
            .allocatedBytes()
            .orElseThrow());
  }

  private AllocatorStatistics statisticsOf(String name) throws Exception {
    Allocator allocator = allocator(name);
    File output = folder.resolve("output").toFile();
    Map<String, String> changes = new HashMap<>();
    AllocatorReport.request(allocator, changes);
    ProcessBuilder builder = new ProcessBuilder("true").redirectErrorStream(true);
    builder.environment().putAll(changes);
    builder.environment().put("LD_PRELOAD", allocator.library().orElseThrow().toString());
    assertEquals(0, builder.redirectOutput(output).start().waitFor());
    return AllocatorReport.read(allocator, Files.readString(output.toPath())).orElseThrow();
  }

  private static Allocator allocator(String name) {
    try {
      return Allocators.ofThisMachine().find(name);
    } catch (AllocatorException e) {
      assumeTrue(false, name + " is not installed");
      throw e;
    }
  }
}
