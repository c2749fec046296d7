package org.onemalloc.inspect.windows;

import java.util.Locale;

/**
 * API sets: names of DLLs that Windows maps to those that have the functions (Microsoft, "Windows
 * API sets"). Here the ones that matter to memory.
 */
final class ApiSets {
  private ApiSets() {}

  /** The DLL behind a name, in lower case; other names as they are, in lower case. */
  static String resolve(String library) {
    String name = library.toLowerCase(Locale.ROOT);
    if (name.startsWith("api-ms-win-crt-")) {
      return "ucrtbase.dll";
    }
    if (name.startsWith("api-ms-win-core-heap-")) {
      return "kernelbase.dll";
    }
    return name.startsWith("api-ms-win-core-") ? "kernelbase.dll" : name;
  }
}
