package org.onemalloc.inspect.hazard;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The input of the rules.
 *
 * @param parts the modules, in the order in which the loader takes them; those that are {@link
 *     Arrival#LOOSE} are judged individually, all others are in one process
 * @param running whether the process exists: then nothing failed at its start or at a dlopen
 * @param commandLine the command of a running process, otherwise empty
 * @param environment the environment of a running process, or the one that a prediction assumes;
 *     otherwise empty
 * @param pageSize the page size in bytes of the kernel that it runs on, if known
 * @param javaLookups the classes that look C functions up by the Foreign Function and Memory API's
 *     default lookup, as {@code jar!/package/Class.class}; see {@link JavaLookups}
 */
public record Subject(
    List<Part> parts,
    boolean running,
    List<String> commandLine,
    Map<String, String> environment,
    OptionalLong pageSize,
    List<String> javaLookups) {
  /** Copies the collections. */
  public Subject {
    parts = List.copyOf(parts);
    commandLine = List.copyOf(commandLine);
    environment = Map.copyOf(environment);
    javaLookups = List.copyOf(javaLookups);
  }

  /**
   * Makes a subject of modules only: a predicted program and its libraries, or loose files.
   *
   * @param parts the modules
   * @return a subject that does not run
   */
  public static Subject of(List<Part> parts) {
    return of(parts, List.of());
  }

  /**
   * Makes a subject of modules and classes.
   *
   * @param parts the modules
   * @param javaLookups classes that look C functions up
   * @return a subject that does not run
   */
  public static Subject of(List<Part> parts, List<String> javaLookups) {
    return new Subject(parts, false, List.of(), Map.of(), OptionalLong.empty(), javaLookups);
  }
}
