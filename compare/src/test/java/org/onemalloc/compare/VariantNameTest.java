package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onemalloc.compare.VariantName.Change;

class VariantNameTest {
  @Test
  void readsAnAllocatorAndWhatIsChangedAboutIt() {
    assertEquals(
        new VariantName("mimalloc+tuned", "mimalloc", Set.of(Change.TUNED)),
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
