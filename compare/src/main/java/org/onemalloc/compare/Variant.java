package org.onemalloc.compare;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One way to run the command. A run can be repeated by hand with {@code env}, followed by the
 * entries of {@code environment} and by {@code command}; both are complete and exact.
 *
 * @param name the name that the user gives: {@code system}, {@code system+trim}, {@code
 *     mimalloc+tuned}, …
 * @param choice what {@code -a} takes for it, without a label of the user's
 * @param settings the variables that the user gave this variant alone; {@code environment} contains
 *     them
 * @param allocator the allocator's name and version, for display
 * @param library the library that is preloaded; empty for the C library's malloc
 * @param environment all variables that are added to the environment or replaced in it, including
 *     {@code LD_PRELOAD}, in display order
 * @param jvmFlags the flags that are added to those of the JVM, for display; {@code environment} or
 *     {@code command} already contain them
 * @param command the command and its arguments as run, including added flags that are passed as
 *     arguments
 */
public record Variant(
    String name,
    String choice,
    Map<String, String> settings,
    String allocator,
    String library,
    Map<String, String> environment,
    List<String> jvmFlags,
    List<String> command) {

  /** Copies the collections and keeps the order of the environment. */
  public Variant {
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    jvmFlags = List.copyOf(jvmFlags);
    command = List.copyOf(command);
  }
}
