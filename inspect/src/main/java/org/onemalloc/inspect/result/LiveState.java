package org.onemalloc.inspect.result;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of a live process in addition to its modules.
 *
 * @param pid its process id, as seen from this process
 * @param command the command it was started with
 * @param settings variables of its initial environment that configure the loader or an allocator
 * @param bindingsSeen whether the bindings of the modules' calls were read from its memory;
 *     otherwise they are unknown
 * @param glibcArenaBytes memory that glibc's own heap has from the kernel, in use or free; empty
 *     without glibc, or if it could not be read
 * @param glibcMappedBytes memory of glibc's blocks with a mapping of their own; empty if it could
 *     not be found
 * @param java the Java virtual machine in it
 */
public record LiveState(
    long pid,
    List<String> command,
    Map<String, String> settings,
    boolean bindingsSeen,
    Optional<Long> glibcArenaBytes,
    Optional<Long> glibcMappedBytes,
    Optional<JavaState> java) {
  public LiveState {
    command = List.copyOf(command);
    settings = Map.copyOf(settings);
  }

  /**
   * A Java virtual machine.
   *
   * @param flags its flags that concern malloc, from the command line, the environment, and, if it
   *     was asked, from the virtual machine
   * @param mallocBytes memory that the virtual machine has from malloc, by its Native Memory
   *     Tracking; empty if it was not asked or does not track
   * @param glibcOutstandingBytes memory in use in glibc's heap, by mallinfo2(3); empty if it was
   *     not asked
   * @param glibcRetainedBytes memory that glibc's heap keeps beyond that; empty if it was not asked
   */
  public record JavaState(
      List<String> flags,
      Optional<Long> mallocBytes,
      Optional<Long> glibcOutstandingBytes,
      Optional<Long> glibcRetainedBytes) {
    public JavaState {
      flags = List.copyOf(flags);
    }
  }
}
