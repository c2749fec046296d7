package org.onemalloc.profile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * What a recording found, as {@code --save} writes it: the sums of each stack, not the events, so
 * the file is small and two of them are compared without async-profiler's parser.
 *
 * <p>A file is lines of UTF-8 with tabs between their fields; in a field a backslash stands before
 * {@code t}, {@code n}, {@code r} and itself. The last line has the CRC-32 of all before it.
 *
 * <pre>
 * onemalloc-profile 1
 * subject  java -jar app.jar
 * every    65536
 * nanos    30012345678
 * frame    TYPE  OWNER  NAME                  before its first use; the first is number 0
 * site     ALLOCATED  LIVE  BLOCKS  0 7 12    the numbers of the frames, the innermost first
 * end      CRC-32
 * </pre>
 */
public final class SavedProfile {
  static final String HEAD = "onemalloc-profile 1";

  /** More than any known program has; a reader takes no more. */
  static final int MOST_SITES = 500_000;

  private final String subject;
  private final long every;
  private final long nanos;
  private final Map<List<StackFrame>, Recording.Site> sites;

  SavedProfile(
      String subject, long every, long nanos, Map<List<StackFrame>, Recording.Site> sites) {
    this.subject = subject;
    this.every = every;
    this.nanos = nanos;
    this.sites = sites;
  }

  String subject() {
    return subject;
  }

  long every() {
    return every;
  }

  long nanos() {
    return nanos;
  }

  Map<List<StackFrame>, Recording.Site> sites() {
    return sites;
  }

  void write(Appendable out) throws IOException {
    CRC32 sum = new CRC32();
    line(out, sum, HEAD);
    line(out, sum, "subject\t" + escaped(subject));
    line(out, sum, "every\t" + every);
    line(out, sum, "nanos\t" + nanos);
    List<Map.Entry<List<StackFrame>, Recording.Site>> largest =
        sites.entrySet().stream()
            .sorted(Comparator.comparingLong(entry -> -entry.getValue().allocated))
            .limit(MOST_SITES)
            .toList();
    Map<StackFrame, Integer> numbers = new HashMap<>();
    for (Map.Entry<List<StackFrame>, Recording.Site> entry : largest) {
      StringBuilder stack = new StringBuilder();
      for (StackFrame frame : entry.getKey()) {
        Integer number = numbers.get(frame);
        if (number == null) {
          number = numbers.size();
          numbers.put(frame, number);
          String names = escaped(frame.owner()) + "\t" + escaped(frame.name());
          line(out, sum, "frame\t" + frame.type() + "\t" + names);
        }
        stack.append(stack.isEmpty() ? "" : " ").append(number);
      }
      Recording.Site site = entry.getValue();
      String sums = site.allocated + "\t" + site.live + "\t" + site.blocks;
      line(out, sum, "site\t" + sums + "\t" + stack);
    }
    out.append("end\t").append(Long.toString(sum.getValue())).append('\n');
  }

  private static void line(Appendable out, CRC32 sum, String line) throws IOException {
    // Lone surrogates, which UTF-8 has not, become what the file will hold.
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    sum.update(bytes);
    out.append(new String(bytes, StandardCharsets.UTF_8));
  }

  private static String escaped(String field) {
    return field
        .replace("\\", "\\\\")
        .replace("\t", "\\t")
        .replace("\n", "\\n")
        .replace("\r", "\\r");
  }
}
