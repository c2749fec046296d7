package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptTextTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "export LD_PRELOAD=/usr/lib/libjemalloc.so.2",
        "LD_PRELOAD= java -version",
        "unset LD_PRELOAD",
        "exec env -u LD_PRELOAD java",
        "env -i PATH=/bin java",
        "exec -c java",
        "sudo -E java"
      })
  void findsALineThatTakesThePreloadAway(String line) {
    assertEquals(Optional.of(2), new ScriptText(List.of("#!/bin/sh", line)).losesPreload());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "export LD_PRELOAD=/usr/lib/libfoo.so:$LD_PRELOAD",
        "LD_PRELOAD=\"${LD_PRELOAD:+$LD_PRELOAD:}/usr/lib/libfoo.so\"",
        "# unset LD_PRELOAD",
        "env A=b java",
        "exec java -cp a:b Main"
      })
  void passesOverLinesThatKeepIt(String line) {
    assertEquals(Optional.empty(), new ScriptText(List.of("#!/bin/sh", line)).losesPreload());
  }

  @Test
  void findsWhoKeepsCapabilities() {
    assertTrue(new ScriptText(List.of("exec setpriv --reuid 1 java")).keepsCapabilities());
    assertFalse(new ScriptText(List.of("exec gosu app java")).keepsCapabilities());
  }
}
