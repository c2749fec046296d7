package org.onemalloc;

/** Sharing with the C library of this JVM; {@link ForkedTest} has the others. */
class SharingTest extends SharingContract {
  SharingTest() throws Exception {}
}
