package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.onemalloc.inspect.result.Hazard;

/** Finds the hazards of a subject. */
public final class Hazards {
  private static final Comparator<Hazard> WORST_FIRST =
      Comparator.comparing(Hazard::severity).reversed();

  private static final List<Rule> RULES =
      List.of(
          new ExtendedCalls(),
          new ControlCalls(),
          new Deepbind(),
          new HandleLookup(),
          new Symbolic(),
          new PrivateCopy(),
          new DefaultLookup(),
          new FamilyHoles(),
          new MixedOperators(),
          new DynamicTls(),
          new StaticTls(),
          new SonameTwice(),
          new IdleAllocator(),
          new WeakHooks(),
          new GlibcOnlyCalls(),
          new PageSize(),
          new LockedMemory(),
          new SystemCallFilter(),
          new Settings(),
          new WindowsRuntimes(),
          new TwoHeaps());

  private Hazards() {}

  /**
   * Judges a subject by every rule.
   *
   * @param subject the modules and what is known of their process
   * @return the hazards, the worst first; those of one severity in the order of the rules and then
   *     of the parts
   * @throws org.onemalloc.objectfile.ObjectFileException if a table of a part, read for the first
   *     time, is malformed
   */
  public static List<Hazard> of(Subject subject) {
    HeapView view = new HeapView(Objects.requireNonNull(subject, "subject"));
    List<Hazard> found = new ArrayList<>();
    RULES.forEach(rule -> found.addAll(rule.judge(view)));
    found.sort(WORST_FIRST);
    return List.copyOf(found);
  }
}
