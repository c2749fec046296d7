package org.onemalloc.top;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A process at one moment. Sizes are in bytes.
 *
 * @param nanos when, by a clock that only differences of mean something
 * @param pid its number
 * @param command the words it was started with
 * @param malloc the file whose malloc it has, empty if not known
 * @param residentBytes memory it has, pages shared with others included
 * @param proportionalBytes the same, a page shared by n processes counted for 1/n
 * @param glibcBytes what glibc's own heap holds from the kernel, blocks with a mapping of their own
 *     included; empty without glibc or where it may not be read
 * @param mappings what the memory is, the largest first
 * @param heap what onemalloc's heap in it says; empty without one
 * @param notes sentences on what could not be seen
 */
public record Frame(
    long nanos,
    long pid,
    List<String> command,
    Optional<String> malloc,
    long residentBytes,
    long proportionalBytes,
    OptionalLong glibcBytes,
    List<MappingUsage> mappings,
    Optional<HeapView> heap,
    List<String> notes) {
  public Frame {
    command = List.copyOf(command);
    mappings = List.copyOf(mappings);
    notes = List.copyOf(notes);
  }

  /**
   * The memory of mappings with one name.
   *
   * @param name a file, {@code [heap]} and the like, or what the kernel has no name for
   * @param residentBytes memory in them
   * @param proportionalBytes the same, shared pages divided
   */
  public record MappingUsage(String name, long residentBytes, long proportionalBytes) {}
}
