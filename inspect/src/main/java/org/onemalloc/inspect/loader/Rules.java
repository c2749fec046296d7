package org.onemalloc.inspect.loader;

/** Whose rules a lookup follows. */
enum Rules {
  /** glibc from 2.42 on: a base version is taken only if the one asked for is not there. */
  GLIBC,
  /** glibc before 2.42 (bug 29190): a base version is as good as the one asked for. */
  GLIBC_BEFORE_2_42,
  /** musl: no versions but the hidden bit, one list for all. */
  MUSL;

  boolean isGlibc() {
    return this != MUSL;
  }
}
