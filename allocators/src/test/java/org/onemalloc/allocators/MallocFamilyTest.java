package org.onemalloc.allocators;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MallocFamilyTest {
  @Test
  void namesOnlyWhatTheLibraryHasACounterpartFor() {
    assertEquals(
        Map.of("malloc", "mi_malloc"), MallocFamily.mimallocAliases(Set.of("mi_malloc", "mi_new")));
  }

  @Test
  void takesTheUsableSizeOfEitherMimalloc() {
    assertEquals(
        "mi_usable_size",
        MallocFamily.mimallocAliases(Set.of("mi_usable_size")).get("malloc_usable_size"));
    assertEquals(
        "mi_malloc_usable_size",
        MallocFamily.mimallocAliases(Set.of("mi_malloc_usable_size")).get("malloc_usable_size"));
  }

  @Test
  void neverGivesTheArgumentsOfAnAlignedSizedFreeInTheWrongOrder() {
    Map<String, String> aliases =
        MallocFamily.mimallocAliases(Set.of("mi_free", "mi_free_size", "mi_free_size_aligned"));
    assertEquals("mi_free", aliases.get("free_aligned_sized"));
    assertEquals("mi_free_size", aliases.get("free_sized"));
  }

  @Test
  void findsTheExtendedCallsOfJemalloc() {
    assertEquals(
        "je_sdallocx", MallocFamily.jemallocAliases(Set.of("je_sdallocx")).get("sdallocx"));
  }

  @Test
  void doesNotMissWhatIsSafeInLibc() {
    assertFalse(MallocFamily.missing(Set.of()).contains("reallocarray"));
  }
}
