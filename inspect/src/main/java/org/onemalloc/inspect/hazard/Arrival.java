package org.onemalloc.inspect.hazard;

/** How a module comes into its process, which decides what its references can bind to. */
public enum Arrival {
  /** The program itself. */
  PROGRAM,
  /** Loaded at the start: needed by the program, directly or indirectly, or preloaded. */
  START,
  /** Opened later by dlopen(3): a plugin, a JNI library, a library of {@code System.load}. */
  OPENED,
  /** Opened later with RTLD_DEEPBIND. */
  DEEPBOUND,
  /** In no process: a file of a directory or an archive that is examined by itself. */
  LOOSE
}
