package org.onemalloc.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The root directory of a container: that of this machine, under an overlay that takes all changes.
 *
 * @param directory where the changes and the mount point are
 * @param hasJdk whether the JDK of the build is at {@link #JAVA}
 */
record OverlayRoot(Path directory, boolean hasJdk) {
  static final String JAVA = "/opt/java/openjdk";

  static OverlayRoot create(Path directory, boolean hasJdk) throws IOException {
    Files.createDirectory(directory);
    for (String part : List.of("upper", "work", "root")) {
      Files.createDirectory(directory.resolve(part));
    }
    return new OverlayRoot(directory, hasJdk);
  }

  /** Returns the directory with what was changed. */
  Path layer() {
    return directory.resolve("upper");
  }

  /**
   * Returns a command that executes the words behind it in this root, as the process 1 of a process
   * namespace of its own.
   *
   * @param volumes directories of this machine, by the paths at which they are mounted
   * @param user the user and group of the process
   */
  List<String> enter(Map<String, Path> volumes, int user) {
    Path root = directory.resolve("root");
    List<String> script = new ArrayList<>();
    script.add("set -eu");
    script.add(
        "mount -t overlay overlay -o lowerdir=/,upperdir=%s,workdir=%s/work %s"
            .formatted(layer(), directory, root));
    script.add("mount -t proc proc %s/proc".formatted(root));
    for (String special : List.of("/dev", "/tmp")) {
      script.add("mount --rbind %s %s%s".formatted(special, root, special));
    }
    if (hasJdk) {
      bind(script, Path.of(System.getProperty("java.home")), root + JAVA);
    }
    volumes.forEach((path, volume) -> bind(script, volume, root + path));
    script.add(
        "exec chroot %s setpriv --reuid=%d --regid=%d --clear-groups -- \"$@\""
            .formatted(root, user, user));
    return new ArrayList<>(
        List.of(
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "sh",
            "-c",
            String.join("\n", script),
            "sh"));
  }

  private static void bind(List<String> script, Path what, String where) {
    script.add("mkdir -p %s".formatted(where));
    script.add("mount --bind %s %s".formatted(what, where));
  }
}
