package org.onemalloc.inspect.loader;

/** The rules that a lookup follows. */
enum Rules {
  /** glibc 2.42 and newer: a base version is used only if the requested version does not exist. */
  GLIBC,
  /** glibc before 2.42 (bug 29190): a base version counts as the requested one. */
  GLIBC_BEFORE_2_42,
  /** musl: versions are ignored except for the hidden bit, and all objects share one list. */
  MUSL;

  boolean isGlibc() {
    return this != MUSL;
  }
}
