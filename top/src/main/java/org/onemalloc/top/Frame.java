package org.onemalloc.top;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The state of a process at one moment. Sizes are in bytes.
 *
 * @param nanos the time, in nanoseconds on the clock of {@link System#nanoTime}
 * @param pid the process id
 * @param command the words of its command line
 * @param malloc the file whose malloc it is bound to; empty if unknown
 * @param residentBytes the resident set size (RSS), including shared pages
 * @param proportionalBytes the proportional set size (PSS), in which a page shared by n processes
 *     counts as 1/n
 * @param glibcBytes the memory that glibc's own heap has obtained from the kernel, including blocks
 *     with their own mapping; empty without glibc or if it is unknown, and a note then says why
 * @param mappings the memory by name of mapping, largest first
 * @param heap the figures of onemalloc's heap in the process; empty without one
 * @param notes one sentence for each thing that could not be read
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
   * The memory of all mappings with the same name.
   *
   * @param name a file, a name such as {@code [heap]}, or {@code anonymous}
   * @param residentBytes their resident set size
   * @param proportionalBytes their proportional set size
   */
  public record MappingUsage(String name, long residentBytes, long proportionalBytes) {}
}
