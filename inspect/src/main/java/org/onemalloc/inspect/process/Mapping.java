package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * One line of /proc/PID/maps (proc_pid_maps(5)).
 *
 * @param start the first address
 * @param end the first address past it
 * @param permissions {@code rw-p} and the like
 * @param offset its offset in the file, in bytes
 * @param file the mapped file, {@code [heap]} and the like, or empty
 */
public record Mapping(long start, long end, String permissions, long offset, String file) {

  /**
   * Reads the mappings of a process.
   *
   * @param pid the process
   * @return its mappings by address; none if it is a kernel thread or has ended
   * @throws IOException if there is no such process or it may not be read
   */
  public static List<Mapping> of(long pid) throws IOException {
    byte[] text = Files.readAllBytes(Path.of("/proc/" + pid + "/maps"));
    return new String(text, StandardCharsets.UTF_8).lines().map(Mapping::parse).toList();
  }

  static Mapping parse(String line) {
    int dash = line.indexOf('-');
    int space = line.indexOf(' ', dash);
    int offset = space + 6;
    int file = line.indexOf('/', space);
    int name = file >= 0 ? file : line.indexOf('[', space);
    return new Mapping(
        Long.parseUnsignedLong(line, 0, dash, 16),
        Long.parseUnsignedLong(line, dash + 1, space, 16),
        line.substring(space + 1, space + 5),
        Long.parseUnsignedLong(line, offset, line.indexOf(' ', offset), 16),
        name < 0 ? "" : line.substring(name).replace("\\012", "\n"));
  }

  /**
   * Returns the size.
   *
   * @return bytes
   */
  public long bytes() {
    return end - start;
  }

  boolean isWritable() {
    return permissions.startsWith("rw");
  }

  boolean isExecutable() {
    return permissions.charAt(2) == 'x';
  }

  boolean contains(long address) {
    return Long.compareUnsigned(address, start) >= 0 && Long.compareUnsigned(address, end) < 0;
  }
}
