package org.onemalloc.bugs;

import java.util.List;

/**
 * A seeded bug: a mistake that is made on purpose.
 *
 * @param name the name by which the command line selects it
 * @param kind the kind that a report must give: a kind of finding, {@link #LEAKED} or {@link #READ}
 * @param body makes the mistake once; it may be called many times in a process
 * @param options options that the JVM needs
 */
record Bug(String name, String kind, Body body, List<String> options) {
  /** Blocks that are never freed, which the report at exit lists. */
  static final String LEAKED = "LEAKED";

  /** A read, which only a guard page can detect. */
  static final String READ = "READ";

  /** The mistake. */
  interface Body {
    void run() throws Exception;
  }

  static Bug of(String name, String kind, Body body, String... options) {
    return new Bug(name, kind, body, List.of(options));
  }
}
