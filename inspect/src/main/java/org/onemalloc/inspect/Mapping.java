package org.onemalloc.inspect;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * One line of /proc/PID/maps (proc_pid_maps(5)).
 *
 * @param start the first address
 * @param end the address behind the last
 * @param permissions {@code rw-p} and the like
 * @param file the mapped file, {@code [heap]} and the like, or empty
 */
public record Mapping(long start, long end, String permissions, String file) {

  /**
   * Reads the mappings of a process.
   *
   * @param pid the process
   * @return its mappings by address
   * @throws IOException if the process has ended or may not be read
   */
  public static List<Mapping> of(long pid) throws IOException {
    byte[] text = Files.readAllBytes(Path.of("/proc/" + pid + "/maps"));
    return new String(text, StandardCharsets.ISO_8859_1).lines().map(Mapping::parse).toList();
  }

  static Mapping parse(String line) {
    int dash = line.indexOf('-');
    int space = line.indexOf(' ', dash);
    int file = line.indexOf('/', space);
    int name = file >= 0 ? file : line.indexOf('[', space);
    return new Mapping(
        Long.parseUnsignedLong(line, 0, dash, 16),
        Long.parseUnsignedLong(line, dash + 1, space, 16),
        line.substring(space + 1, space + 5),
        name < 0 ? "" : line.substring(name));
  }

  /**
   * The size.
   *
   * @return bytes
   */
  public long bytes() {
    return end - start;
  }

  boolean isWritable() {
    return permissions.startsWith("rw");
  }
}
