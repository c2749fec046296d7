package org.onemalloc.probe.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A mapping of this process and what of it is resident, from /proc/self/smaps (proc_pid_smaps(5)).
 *
 * @param mapping the mapping
 * @param rss its resident bytes
 * @param pss its proportional bytes: a page that n processes share counts as 1/n
 * @param isUnreserved whether it was mapped with MAP_NORESERVE ({@code nr} of VmFlags, since Linux
 *     3.8), and not made ready for use by another call since
 */
public record Resident(Mapping mapping, long rss, long pss, boolean isUnreserved) {

  /**
   * Reads this process. The kernel looks at each mapping by itself, while the program goes on: the
   * sum of all is not of one moment.
   *
   * @return the mappings by address
   * @throws IOException if smaps cannot be read
   */
  public static List<Resident> ofThisProcess() throws IOException {
    return parse(
        new String(Files.readAllBytes(Path.of("/proc/self/smaps")), StandardCharsets.ISO_8859_1));
  }

  /**
   * Parses the text of smaps.
   *
   * @param text lines that begin a mapping, each followed by lines {@code Name: value}
   * @return the mappings
   */
  public static List<Resident> parse(String text) {
    List<Resident> all = new ArrayList<>();
    Mapping mapping = null;
    long rss = 0;
    long pss = 0;
    boolean unreserved = false;
    for (int at = 0; at < text.length(); ) {
      int end = text.indexOf('\n', at);
      end = end < 0 ? text.length() : end;
      char first = text.charAt(at);
      if (isHexadecimal(first)) { // a field begins with a capital letter
        add(all, mapping, rss, pss, unreserved);
        mapping = Mapping.parse(text.substring(at, end));
        rss = 0;
        pss = 0;
        unreserved = false;
      } else if (text.startsWith("Rss:", at)) {
        rss = kibibytes(text, at + 4, end);
      } else if (text.startsWith("Pss:", at)) {
        pss = kibibytes(text, at + 4, end);
      } else if (text.startsWith("VmFlags:", at)) {
        int flag = text.indexOf(" nr", at);
        unreserved = flag >= 0 && flag < end;
      }
      at = end + 1;
    }
    add(all, mapping, rss, pss, unreserved);
    return all;
  }

  private static void add(List<Resident> all, Mapping mapping, long rss, long pss, boolean flag) {
    if (mapping != null) {
      all.add(new Resident(mapping, rss, pss, flag));
    }
  }

  private static boolean isHexadecimal(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  }

  private static long kibibytes(String text, int from, int to) {
    long value = 0;
    for (int at = from; at < to; at++) {
      char c = text.charAt(at);
      if (c >= '0' && c <= '9') {
        value = 10 * value + (c - '0');
      }
    }
    return value << 10;
  }
}
