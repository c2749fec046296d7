package org.onemalloc.inspect.result;

import java.util.List;

/**
 * Something that can go wrong with this subject's memory.
 *
 * @param id its stable name, in lower case with hyphens
 * @param severity how bad it is in this case
 * @param module the module at fault
 * @param evidence file, symbol and rule, a sentence each
 * @param consequence what breaks, one sentence
 * @param remedy what to do, one sentence
 */
public record Hazard(
    String id,
    Severity severity,
    String module,
    List<String> evidence,
    String consequence,
    String remedy) {
  public Hazard {
    evidence = List.copyOf(evidence);
  }

  /** How bad a hazard is; the order is from the least to the worst. */
  public enum Severity {
    /** Worth knowing; nothing breaks. */
    NOTE,
    /** Memory is wasted, or a setting has no effect. */
    WARNING,
    /** A crash or corruption, in this or an ordinary configuration. */
    DANGER
  }
}
