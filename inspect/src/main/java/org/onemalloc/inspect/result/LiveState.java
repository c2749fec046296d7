package org.onemalloc.inspect.result;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The state of a live process, in addition to its modules.
 *
 * @param host the name of its machine
 * @param pid its process id, as seen from this process
 * @param command the command that it was started with
 * @param settings variables of its initial environment that configure the loader or an allocator
 * @param bindingsSeen whether the bindings of the modules' calls were read from its memory;
 *     otherwise they are unknown
 * @param memory what it holds of the machine's memory
 * @param glibcArenaBytes the size in bytes of the arenas of glibc's own heap, in use or free; empty
 *     if the process has no glibc, or if the size is unknown, which is not zero
 * @param glibcMappedBytes the size in bytes of the blocks that glibc's malloc mapped one by one;
 *     empty likewise
 * @param others the allocators in it, beside the one that serves {@code malloc}, that it uses or
 *     may use
 * @param java the Java virtual machine in the process; empty if there is none
 */
public record LiveState(
    String host,
    long pid,
    List<String> command,
    Map<String, String> settings,
    boolean bindingsSeen,
    Memory memory,
    Optional<Long> glibcArenaBytes,
    Optional<Long> glibcMappedBytes,
    List<OtherAllocator> others,
    Optional<JavaState> java) {
  public LiveState {
    command = List.copyOf(command);
    settings = Map.copyOf(settings);
    others = List.copyOf(others);
  }

  /**
   * An allocator beside the one that serves {@code malloc}.
   *
   * @param file the file that contains it
   * @param used whether calls of the process lead to it; otherwise it is not known
   * @param evidence why that is assumed, the end of a sentence
   */
  public record OtherAllocator(String file, boolean used, String evidence) {}

  /**
   * The memory that a process holds, in bytes; empty where this user may not read it.
   *
   * @param rss resident memory
   * @param pss proportional memory: a page that n processes share counts as 1/n
   * @param peakRss the highest resident memory so far
   */
  public record Memory(Optional<Long> rss, Optional<Long> pss, Optional<Long> peakRss) {}

  /**
   * A Java virtual machine.
   *
   * @param flags its flags that concern malloc, from the command line and the environment, and also
   *     from the virtual machine itself if it was asked
   * @param mallocBytes the bytes that the virtual machine has allocated with malloc, according to
   *     its Native Memory Tracking; empty if the virtual machine was not asked or does not track
   * @param glibcOutstandingBytes the bytes in use in glibc's heap, according to mallinfo2(3); empty
   *     if the virtual machine was not asked
   * @param glibcRetainedBytes the bytes that glibc's heap keeps in addition to those in use; empty
   *     if the virtual machine was not asked
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
