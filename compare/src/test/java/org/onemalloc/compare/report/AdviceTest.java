package org.onemalloc.compare.report;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.Fixture;
import org.onemalloc.compare.Variant;

class AdviceTest {
  /** What a user calls a variant is no name that another command knows. */
  @Test
  void namesTheAllocatorAndTheSettingsOfALabelledVariant() {
    Comparison plain = Fixture.realistic();
    List<Variant> labelled =
        plain.variants().stream()
            .map(
                variant ->
                    new Variant(
                        variant.name(),
                        "other+tuned",
                        Map.of("OTHER_CONF", "a b"),
                        variant.allocator(),
                        variant.library(),
                        variant.environment(),
                        variant.jvmFlags(),
                        variant.command()))
            .toList();
    String table = Report.of(Fixture.comparison(labelled, plain.runs(), 5)).table(false);
    assertTrue(table.contains("env OTHER_CONF='a b' onemalloc run -a other+tuned -- java "), table);
    assertTrue(table.contains(" --allocator other --tuned --verify"), table);
    assertTrue(table.contains("ENV OTHER_CONF='a b'"), table);
    assertFalse(table.contains("-a jemalloc"), table);
  }
}
