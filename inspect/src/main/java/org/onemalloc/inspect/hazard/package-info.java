/**
 * What can go wrong with a subject's memory: one small rule for each hazard, which judges the
 * modules and their bindings, whether these come from the loader model, a live process or an
 * archive.
 *
 * <p>Every rule has a stable id, is described in {@code docs/inspect-hazards.md} and has a
 * reproduction among the tests: a program that crashes, leaks or uses the wrong heap, and its
 * repaired twin. Null arguments throw {@link NullPointerException}. Everything is immutable and may
 * be used by several threads.
 */
package org.onemalloc.inspect.hazard;
