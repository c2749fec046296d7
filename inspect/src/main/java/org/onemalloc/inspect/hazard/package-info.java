/**
 * What can go wrong with a subject's memory: one small rule for each hazard, over the modules and
 * what each binds to, wherever that came from (the loader model, a live process, an archive).
 *
 * <p>Every rule has a stable id, is described in {@code docs/inspect-hazards.md} and has a
 * reproduction among the tests: a program that crashes, leaks or uses the wrong heap, and its
 * repaired twin. Null arguments throw {@link NullPointerException}. Everything is immutable and may
 * be used by several threads.
 */
package org.onemalloc.inspect.hazard;
