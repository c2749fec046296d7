package org.onemalloc.bugs;

import java.util.List;

/**
 * A mistake, made on purpose.
 *
 * @param name what the command line selects it by
 * @param kind what a report must call it: a kind of finding, {@link #LEAKED} or {@link #READ}
 * @param body makes it once; it can be made many times in a process
 * @param options what the JVM must be started with
 */
record Bug(String name, String kind, Body body, List<String> options) {
  /** Blocks that are never freed: in the report at exit. */
  static final String LEAKED = "LEAKED";

  /** A read that nothing but a guard page can see. */
  static final String READ = "READ";

  /** What goes wrong. */
  interface Body {
    void run() throws Exception;
  }

  static Bug of(String name, String kind, Body body, String... options) {
    return new Bug(name, kind, body, List.of(options));
  }
}
