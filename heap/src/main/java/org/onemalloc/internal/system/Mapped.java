package org.onemalloc.internal.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The mappings of this process (/proc/self/maps, proc(5)); unknown on systems other than Linux. */
public final class Mapped {
  private record Range(long start, long end, boolean writable, String name) {}

  private static final Path MAPS = Path.of("/proc/self/maps");

  private static volatile List<Range> last = List.of();

  private Mapped() {}

  /**
   * Returns why an address cannot be a block of an allocator, as the end of a sentence; empty if it
   * can. Memory that was anonymous at the last refresh is assumed to be so.
   */
  public static String notHeap(long address) {
    Range range = find(address, last);
    if (range == null || !anonymous(range)) {
      last = read();
      range = find(address, last);
    }
    if (last.isEmpty()) {
      return "";
    }
    if (range == null) {
      return "nothing is mapped there";
    }
    if (!range.writable) {
      return "that memory cannot be written";
    }
    return anonymous(range) ? "" : "it lies in " + range.name;
  }

  /** Returns whether a range can be read, as far as is known. */
  public static boolean readable(long start, long end) {
    List<Range> now = last;
    for (long at = start; at < end && !now.isEmpty(); ) {
      Range range = find(at, now);
      if (range == null) {
        return false;
      }
      at = range.end;
    }
    return true;
  }

  /** Reads the mappings again. */
  public static void refresh() {
    last = read();
  }

  private static boolean anonymous(Range range) {
    return range.writable
        && (range.name.isEmpty() || range.name.equals("[heap]") || range.name.startsWith("[anon"));
  }

  private static Range find(long address, List<Range> ranges) {
    int low = 0;
    int high = ranges.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Range range = ranges.get(middle);
      if (address < range.start) {
        high = middle - 1;
      } else if (address >= range.end) {
        low = middle + 1;
      } else {
        return range;
      }
    }
    return null;
  }

  private static List<Range> read() {
    List<Range> ranges = new ArrayList<>();
    try {
      // Only a newline ends a line of the kernel: a name may have a carriage return.
      for (String line : new String(Files.readAllBytes(MAPS), UTF_8).split("\n", 0)) {
        String[] parts = line.split(" +", 6);
        int dash = parts[0].indexOf('-');
        long start = Long.parseUnsignedLong(parts[0].substring(0, dash), 16);
        long end = Long.parseUnsignedLong(parts[0].substring(dash + 1), 16);
        if (start >= 0) { // above is the kernel's
          boolean writable = parts[1].startsWith("rw");
          ranges.add(new Range(start, end, writable, parts.length < 6 ? "" : parts[5].strip()));
        }
      }
    } catch (IOException e) {
      return List.of();
    }
    return ranges;
  }
}
