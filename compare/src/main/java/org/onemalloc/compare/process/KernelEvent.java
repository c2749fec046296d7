package org.onemalloc.compare.process;

/** One thing that the kernel tells of a process, in {@link KernelEvents}. */
public sealed interface KernelEvent {
  /**
   * A process was started by another, which it is a copy of.
   *
   * @param pid its id
   * @param parent the id of the process that started it
   */
  record Forked(long pid, long parent) implements KernelEvent {}

  /**
   * A process executes another program from now on; nothing of the one before is mapped any more.
   *
   * @param pid its id
   * @param name the program's short name
   */
  record Executed(long pid, String name) implements KernelEvent {}

  /**
   * Code of a file was mapped.
   *
   * @param pid the process
   * @param file the file as the process names it
   * @param base where the file's first byte is or would be, the same for all parts of one loading
   * @param device major and minor number of the file system, as {@code st_dev} has them
   * @param inode the file's number there
   */
  record Mapped(long pid, String file, long base, long device, long inode) implements KernelEvent {}

  /**
   * The first thread of a process ended, and with it the process, as a rule.
   *
   * @param pid its id
   */
  record Ended(long pid) implements KernelEvent {}

  /**
   * The kernel had more to tell than there was room for.
   *
   * @param count how many events are missing
   */
  record Lost(long count) implements KernelEvent {}
}
