package org.onemalloc.probe.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A mapping of this process, from /proc/self/maps.
 *
 * @param start the first address
 * @param end the address after the last
 * @param access as in {@code r-xp}
 * @param offset the offset in the file, bytes
 * @param inode the inode of the file; 0 for anonymous memory
 * @param file the file as the kernel names it; empty for anonymous memory
 */
public record Mapping(long start, long end, String access, long offset, long inode, String file) {

  /**
   * Returns the mappings of this process.
   *
   * @return the mappings by address
   * @throws IOException if /proc/self/maps cannot be read
   */
  public static List<Mapping> ofThisProcess() throws IOException {
    // Names are bytes: with ISO 8859-1 no name is refused, and each differs from every other.
    String text =
        new String(Files.readAllBytes(Path.of("/proc/self/maps")), StandardCharsets.ISO_8859_1);
    List<Mapping> mappings = new ArrayList<>();
    text.lines().forEach(line -> mappings.add(parse(line)));
    return mappings;
  }

  /** Parses a line of maps (proc_pid_maps(5)). */
  static Mapping parse(String line) {
    String[] fields = line.split(" +", 6);
    int dash = fields[0].indexOf('-');
    return new Mapping(
        Long.parseUnsignedLong(fields[0].substring(0, dash), 16),
        Long.parseUnsignedLong(fields[0].substring(dash + 1), 16),
        fields[1],
        Long.parseUnsignedLong(fields[2], 16),
        Long.parseLong(fields[4]),
        fields.length > 5 ? fields[5] : "");
  }

  /**
   * Returns the mapping that contains an address.
   *
   * @param address the address
   * @param mappings where to look, by address
   * @return the mapping; empty if there is none
   */
  public static Optional<Mapping> at(long address, List<Mapping> mappings) {
    int low = 0;
    int high = mappings.size();
    while (low < high) { // a process of many threads has thousands
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(mappings.get(middle).end, address) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < mappings.size() && mappings.get(low).contains(address)
        ? Optional.of(mappings.get(low))
        : Optional.empty();
  }

  /**
   * Returns whether an address is in it.
   *
   * @param address the address
   * @return whether it is
   */
  public boolean contains(long address) {
    return Long.compareUnsigned(address, start) >= 0 && Long.compareUnsigned(address, end) < 0;
  }

  /**
   * Returns the addresses.
   *
   * @return the range
   */
  public Range range() {
    return new Range(start, end);
  }

  /**
   * Returns whether it is of no file, and has no name of the kernel's such as {@code [heap]}.
   *
   * @return whether it is
   */
  public boolean isAnonymous() {
    return inode == 0 && file.isEmpty();
  }

  /**
   * Returns whether it is of a file that has a name.
   *
   * @return whether it is
   */
  public boolean isOfFile() {
    return inode != 0 && file.startsWith("/");
  }

  /**
   * Returns whether it can be read.
   *
   * @return whether it can
   */
  public boolean isReadable() {
    return access.charAt(0) == 'r';
  }

  /**
   * Returns whether it can be written.
   *
   * @return whether it can
   */
  public boolean isWritable() {
    return access.charAt(1) == 'w';
  }

  /**
   * Returns whether it can be executed.
   *
   * @return whether it can
   */
  public boolean isExecutable() {
    return access.charAt(2) == 'x';
  }

  /**
   * Returns whether another mapping is of the same file.
   *
   * @param other the other mapping
   * @return whether it is
   */
  public boolean isSameFile(Mapping other) {
    return inode == other.inode && file.equals(other.file);
  }
}
