package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.onemalloc.text.KernelLines;

/**
 * One line of /proc/PID/maps (proc_pid_maps(5)).
 *
 * @param start the first address
 * @param end the first address past it
 * @param permissions {@code rw-p} and the like
 * @param offset its offset in the file, in bytes
 * @param mapped the mapped file; its name is {@code [heap]} and the like, or empty, for other
 *     memory
 */
public record Mapping(long start, long end, String permissions, long offset, MappedFile mapped) {

  /**
   * Reads the mappings of a process.
   *
   * @param pid the process
   * @return its mappings by address; none if it is a kernel thread or has ended
   * @throws IOException if there is no such process or it may not be read
   */
  public static List<Mapping> of(long pid) throws IOException {
    return KernelLines.of(Path.of("/proc/" + pid + "/maps")).stream().map(Mapping::parse).toList();
  }

  static Mapping parse(String line) {
    int dash = line.indexOf('-');
    int space = line.indexOf(' ', dash);
    int offset = space + 6;
    int device = line.indexOf(' ', offset) + 1;
    int colon = line.indexOf(':', device);
    int inode = line.indexOf(' ', colon) + 1;
    int rest = line.indexOf(' ', inode) < 0 ? line.length() : line.indexOf(' ', inode);
    int file = line.indexOf('/', rest);
    int name = file >= 0 ? file : line.indexOf('[', rest);
    return new Mapping(
        Long.parseUnsignedLong(line, 0, dash, 16),
        Long.parseUnsignedLong(line, dash + 1, space, 16),
        line.substring(space + 1, space + 5),
        Long.parseUnsignedLong(line, offset, device - 1, 16),
        new MappedFile(
            name < 0 ? "" : line.substring(name).replace("\\012", "\n"),
            MappedFile.device(
                Long.parseLong(line, device, colon, 16),
                Long.parseLong(line, colon + 1, inode - 1, 16)),
            Long.parseUnsignedLong(line, inode, rest, 10)));
  }

  /**
   * Returns the name of the mapped file.
   *
   * @return the name as in {@link #mapped()}
   */
  public String file() {
    return mapped.name();
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
