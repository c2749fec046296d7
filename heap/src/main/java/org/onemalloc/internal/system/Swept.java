package org.onemalloc.internal.system;

/** What keeps memory for the next call, and gives it back when there is none. */
public interface Swept {
  /** Gives back what was not needed lately; called by one thread, once a second. */
  void sweep();
}
