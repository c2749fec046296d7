package org.onemalloc.inspect.hazard;

import java.util.List;
import org.onemalloc.inspect.result.Hazard;

/** Finds the hazards of one kind. */
@FunctionalInterface
interface Rule {
  /** Returns the hazards of a subject, in the order of its parts. */
  List<Hazard> judge(HeapView view);
}
