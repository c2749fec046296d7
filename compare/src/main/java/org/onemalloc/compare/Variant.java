package org.onemalloc.compare;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One way to run the command. {@code env}, the entries of {@code environment} and then {@code
 * command} repeat a run by hand: both are complete and exact.
 *
 * @param name as the user names it: {@code system}, {@code system+trim}, {@code mimalloc+tuned}, …
 * @param allocator the allocator's name and version, for people
 * @param library the library that is preloaded, empty for the C library's own
 * @param environment everything that is added to the environment or replaced in it, {@code
 *     LD_PRELOAD} included, in the order in which people should read it
 * @param jvmFlags what is added to a JVM's flags, by whatever way; already in {@code environment}
 *     or {@code command}, said once more for people
 * @param command the command and its arguments as run, the added flags in it if they go there
 */
public record Variant(
    String name,
    String allocator,
    String library,
    Map<String, String> environment,
    List<String> jvmFlags,
    List<String> command) {

  /** Copies the collections and keeps the order of the environment. */
  public Variant {
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    jvmFlags = List.copyOf(jvmFlags);
    command = List.copyOf(command);
  }
}
