package org.onemalloc.profile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.onemalloc.text.Text;

/**
 * Reads what {@link SavedProfile} has written. The file may be anybody's: its size, and the numbers
 * of sites and frames, are limited before memory is taken for them.
 */
final class SavedReader {
  private static final int MOST_BYTES = 64 << 20;
  private static final int MOST_FRAMES = 1_000_000;

  /** A line is taken apart as a whole. */
  private static final int LONGEST_LINE = 1 << 20;

  private final Path file;
  private final List<StackFrame> frames = new ArrayList<>();
  private final Map<List<StackFrame>, Recording.Site> sites = new HashMap<>();
  private long total;

  private SavedReader(Path file) {
    this.file = file;
  }

  /**
   * Reads a file.
   *
   * @throws ProfileException with a sentence, if it is not a complete file of this format
   */
  static SavedProfile read(Path file) {
    return new SavedReader(file).read();
  }

  private SavedProfile read() {
    String text = text();
    if (!text.startsWith(SavedProfile.HEAD + "\n")) {
      throw refused("was not written by onemalloc profile --save of this version");
    }
    int end = text.lastIndexOf("\nend\t") + 1;
    CRC32 sum = new CRC32();
    sum.update(text.substring(0, end).getBytes(StandardCharsets.UTF_8));
    if (!text.substring(end).equals("end\t" + sum.getValue() + "\n")) {
      throw refused("is damaged or incomplete");
    }
    try {
      return parse(text.substring(0, end));
    } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException e) {
      throw refused("is damaged");
    }
  }

  private SavedProfile parse(String text) {
    String subject = "";
    long every = 0;
    long nanos = 0;
    for (String line : (Iterable<String>) text.lines().skip(1)::iterator) {
      if (line.length() > LONGEST_LINE) {
        throw new IllegalArgumentException("line");
      }
      String[] fields = line.split("\t", -1);
      switch (fields[0]) {
        case "subject" -> subject = unescaped(fields[1]);
        case "every" -> every = number(fields[1]);
        case "nanos" -> nanos = number(fields[1]);
        case "frame" -> frame(fields);
        case "site" -> site(fields);
        default -> throw new IllegalArgumentException(fields[0]);
      }
    }
    if (every < 1) {
      throw new IllegalArgumentException("every");
    }
    return new SavedProfile(subject, every, nanos, sites);
  }

  private void frame(String[] fields) {
    if (frames.size() >= MOST_FRAMES) {
      throw new IllegalArgumentException("frames");
    }
    frames.add(
        new StackFrame(unescaped(fields[2]), unescaped(fields[3]), Byte.parseByte(fields[1])));
  }

  private void site(String[] fields) {
    Recording.Site site = new Recording.Site();
    site.allocated = number(fields[1]);
    site.live = number(fields[2]);
    site.blocks = number(fields[3]);
    total = Math.addExact(total, Math.addExact(site.allocated, site.blocks));
    List<StackFrame> stack = new ArrayList<>();
    if (!fields[4].isEmpty()) {
      for (String number : fields[4].split(" ", -1)) {
        stack.add(frames.get(Integer.parseInt(number)));
      }
    }
    if (site.live > site.allocated
        || sites.size() >= SavedProfile.MOST_SITES
        || sites.put(stack, site) != null) {
      throw new IllegalArgumentException("site");
    }
  }

  private static long number(String digits) {
    if (!digits.matches("[0-9]{1,18}")) {
      throw new IllegalArgumentException(digits);
    }
    return Long.parseLong(digits);
  }

  private static String unescaped(String field) {
    // Only what was escaped has a backslash, and translateEscapes knows the same four.
    return field.indexOf('\\') < 0 ? field : field.translateEscapes();
  }

  private String text() {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw refused("is not a regular file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw refused("is larger than the %d MB that are read".formatted(MOST_BYTES >> 20));
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw refused("was not written by onemalloc profile --save of this version");
    } catch (NoSuchFileException e) {
      throw refused("does not exist");
    } catch (IOException e) {
      throw refused("cannot be read (" + e.getMessage() + ")");
    }
  }

  private ProfileException refused(String why) {
    return new ProfileException(Text.escaped(file.toString()) + " " + why + ".");
  }
}
