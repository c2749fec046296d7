package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onemalloc.compare.VariantName.Change;

class VariantNameTest {
  @Test
  void aLabelNamesOneOfTwoVariantsOfAnAllocator() {
    VariantName fast = VariantName.labelled("fast=jemalloc+tuned");
    assertEquals("fast", fast.text());
    assertEquals("jemalloc", fast.allocator());
    assertEquals("jemalloc+tuned", fast.written());
    assertThrows(CommandException.class, () -> VariantName.labelled("system=mimalloc"));
    assertThrows(CommandException.class, () -> VariantName.labelled("jemalloc+tuned=mimalloc"));
    assertEquals(Set.of(Change.TUNED), fast.changes());
    assertEquals("/opt/a=b/lib.so", VariantName.labelled("/opt/a=b/lib.so").allocator());
    assertThrows(CommandException.class, () -> fast.with(Map.of("LD_PRELOAD", "/opt/lib.so")));
  }

  @Test
  void aLabelIsAPartOfAFileNameAndNoFormula() {
    assertEquals("a".repeat(100), VariantName.labelled("a".repeat(100) + "=system").text());
    assertThrows(CommandException.class, () -> VariantName.labelled("a".repeat(101) + "=system"));
    assertEquals("+1=system", VariantName.labelled("+1=system").allocator());
  }

  @Test
  void readsAnAllocatorAndWhatIsChangedAboutIt() {
    assertEquals(
        new VariantName("mimalloc+tuned", "mimalloc", Set.of(Change.TUNED), Map.of()),
        VariantName.parse("mimalloc+tuned"));
    assertEquals(
        Set.of(Change.TRIM, Change.ARENAS), VariantName.parse("system+arenas+trim").changes());
  }

  @Test
  void leavesAPlusSignInAPathAlone() {
    assertEquals("/opt/c++/lib+x.so", VariantName.parse("/opt/c++/lib+x.so").allocator());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "+tuned", "system+tuned", "mimalloc+trim", "jemalloc+arenas"})
  void refusesAChangeThatDoesNotGoWithTheAllocator(String text) {
    CommandException refused = assertThrows(CommandException.class, () -> VariantName.parse(text));
    assertEquals(2, refused.exitCode());
  }
}
