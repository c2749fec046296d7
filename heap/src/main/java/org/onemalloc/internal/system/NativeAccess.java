package org.onemalloc.internal.system;

import org.onemalloc.HeapError;

/** The error of a refused restricted call (JEP 472). */
final class NativeAccess {
  private NativeAccess() {}

  static HeapError missing(IllegalCallerException cause) {
    String name = NativeAccess.class.getModule().isNamed() ? "onemalloc" : "ALL-UNNAMED";
    return new HeapError(
        "onemalloc may not call native code here: start java with --enable-native-access="
            + name
            + ", or put \"Enable-Native-Access: ALL-UNNAMED\" into the manifest of the executable"
            + " JAR.",
        cause);
  }
}
