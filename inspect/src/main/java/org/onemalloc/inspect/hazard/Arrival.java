package org.onemalloc.inspect.hazard;

/** How a module comes into its process; it decides what the module's references can bind to. */
public enum Arrival {
  /** The program itself. */
  PROGRAM,
  /** There from the start: needed by the program or by something needed, or preloaded. */
  START,
  /** Opened later by dlopen(3): a plugin, a JNI library, what {@code System.load} takes. */
  OPENED,
  /** Opened later with RTLD_DEEPBIND. */
  DEEPBOUND,
  /** In no process: a file of a directory or an archive that is looked at by itself. */
  LOOSE
}
