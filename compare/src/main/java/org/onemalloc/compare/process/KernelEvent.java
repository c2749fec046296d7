package org.onemalloc.compare.process;

/** An event in the life of a process, as reported by {@link KernelEvents}. */
public sealed interface KernelEvent {
  /**
   * A process was started as a copy of another.
   *
   * @param pid the process id
   * @param parent the process id of the process that started it
   */
  record Forked(long pid, long parent) implements KernelEvent {}

  /**
   * A process executed another program. All mappings of the previous program are gone.
   *
   * @param pid the process id
   * @param name the program's short name
   * @param nanos when, on the clock of {@link System#nanoTime}
   */
  record Executed(long pid, String name, long nanos) implements KernelEvent {}

  /**
   * An executable part of a file was mapped.
   *
   * @param pid the process id
   * @param file the file as the process names it
   * @param base the address that corresponds to offset 0 of the file, the same for all segments of
   *     one loaded object
   * @param device major and minor number of the file system, encoded as in {@code st_dev}
   * @param inode the inode number of the file
   */
  record Mapped(long pid, String file, long base, long device, long inode) implements KernelEvent {}

  /**
   * The first thread of a process ended. As a rule the process ends with it.
   *
   * @param pid the process id
   */
  record Ended(long pid) implements KernelEvent {}

  /**
   * The kernel dropped events because a ring was full.
   *
   * @param count the number of dropped events
   */
  record Lost(long count) implements KernelEvent {}
}
