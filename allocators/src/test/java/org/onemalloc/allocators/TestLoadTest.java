package org.onemalloc.allocators;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class TestLoadTest {
  @Test
  void readsTheStatisticsOfEveryJemalloc() {
    TestLoad compact = new TestLoad("", "{\"jemalloc\":{\"arenas\":{\"page\":4096,\"x\":1},");
    TestLoad spaced = new TestLoad("", "{\n\t\"arenas\": {\n\t\t\"page\": 4096,\n\t\t\"x\": 1\n");
    for (TestLoad load : new TestLoad[] {compact, spaced}) {
      assertEquals(Optional.of("4096"), load.find("page"));
      assertEquals(Optional.of("1"), load.find("x"));
      assertEquals(Optional.empty(), load.find("prof"));
    }
    assertEquals(
        Optional.of("5.2.1-0-gea6b3e9"),
        new TestLoad("", "\"version\": \"5.2.1-0-gea6b3e9\"").find("version"));
  }
}
