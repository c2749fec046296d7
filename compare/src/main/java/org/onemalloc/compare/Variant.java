package org.onemalloc.compare;

import java.util.List;
import java.util.Map;

/**
 * One way to run the command.
 *
 * @param name as the user names it: {@code system}, {@code system+trim}, {@code mimalloc+tuned}, …
 * @param allocator the allocator's name and version, for people
 * @param library the library that is preloaded, empty for the C library's own
 * @param environment what is added to the environment, for people to repeat it
 * @param jvmFlags what is added to a JVM's flags
 */
public record Variant(
    String name,
    String allocator,
    String library,
    Map<String, String> environment,
    List<String> jvmFlags) {

  /** Copies the collections. */
  public Variant {
    environment = Map.copyOf(environment);
    jvmFlags = List.copyOf(jvmFlags);
  }
}
