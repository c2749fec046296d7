package org.onemalloc.internal.system;

import java.util.Locale;

/**
 * The system and processor that this process runs on, by the names of LWJGL's natives.
 *
 * @param system {@code linux}, {@code macos}, {@code windows}, or another system's name
 * @param processor {@code x64}, {@code arm64}, {@code riscv64}, {@code ppc64le}, or another's name
 */
public record Platform(String system, String processor) {
  public static Platform here() {
    return of(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  public static Platform of(String osName, String osArch) {
    String os = osName.toLowerCase(Locale.ROOT);
    String system =
        os.startsWith("mac") ? "macos" : os.startsWith("windows") ? "windows" : os.replace(" ", "");
    String processor =
        switch (osArch) {
          case "amd64", "x86_64" -> "x64";
          case "aarch64" -> "arm64";
          default -> osArch;
        };
    return new Platform(system, processor);
  }

  public boolean mac() {
    return system.equals("macos");
  }

  public boolean windows() {
    return system.equals("windows");
  }

  /** Returns the file name of a library, as in {@code libjemalloc.so}. */
  public String library(String name) {
    return windows() ? name + ".dll" : mac() ? "lib" + name + ".dylib" : "lib" + name + ".so";
  }
}
