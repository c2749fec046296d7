package org.onemalloc.inspect.result;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a live process shows beyond its files.
 *
 * @param pid its process id here
 * @param command the words it was started with
 * @param settings variables of the environment it was started with that steer the loader or an
 *     allocator
 * @param bindingsSeen whether the modules' calls were read from its memory; else they are unknown
 * @param glibcArenaBytes what glibc's own heap holds from the kernel, in use or free; empty without
 *     glibc, or where it could not be read
 * @param glibcMappedBytes what blocks of glibc's malloc with a mapping of their own take; empty
 *     where it could not be found
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
   * @param flags its flags that concern malloc, from the command line, the environment, and the
   *     virtual machine itself where it was asked
   * @param mallocBytes what the virtual machine says that it has from malloc (Native Memory
   *     Tracking); empty where it was not asked or does not track
   * @param glibcOutstandingBytes blocks in use in glibc's heap, by its own account (mallinfo2(3));
   *     empty where it was not asked
   * @param glibcRetainedBytes what glibc's heap keeps beyond that; empty where it was not asked
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
