package org.onemalloc.top;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A process at one moment. Sizes are in bytes.
 *
 * @param nanos when, as {@link System#nanoTime} gives it
 * @param pid its process id
 * @param command its command line, word by word
 * @param malloc the file whose malloc it is bound to, empty if not known
 * @param residentBytes resident memory (RSS), shared pages included
 * @param proportionalBytes the same (PSS), a page shared by n processes counted as 1/n
 * @param glibcBytes what glibc's own heap holds from the kernel, blocks with a mapping of their own
 *     included; empty without glibc or where it may not be read
 * @param mappings the memory by mapping, the largest first
 * @param heap what onemalloc's heap in it says; empty without one
 * @param notes a sentence for each thing that could not be seen
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
   * @param name a file, {@code [heap]} and the like, or {@code anonymous}
   * @param residentBytes their resident memory
   * @param proportionalBytes the same, shared pages divided among the processes
   */
  public record MappingUsage(String name, long residentBytes, long proportionalBytes) {}
}
