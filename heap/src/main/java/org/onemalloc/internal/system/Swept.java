package org.onemalloc.internal.system;

/** An object that keeps memory for reuse, and returns it if it is not reused. */
public interface Swept {
  /** Returns the memory that was not needed recently; called by one thread, once a second. */
  void sweep();
}
