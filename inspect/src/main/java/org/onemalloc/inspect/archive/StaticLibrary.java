package org.onemalloc.inspect.archive;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * The members of a static library (ar(5)), with long names as System V or BSD store them; Rust does
 * as System V.
 */
final class StaticLibrary {
  /** The first bytes of every static library. */
  static final String MAGIC = "!<arch>\n";

  private static final int HEADER = 60;
  private static final int NAME = 16;
  private static final int SIZE = 48;
  private static final int SIZE_DIGITS = 10;

  /**
   * A limit far above any real library: a member costs its reader more memory than its header
   * takes.
   */
  private static final int MOST_MEMBERS = 1 << 20;

  private static final int LONGEST_NAME = 4096;
  private static final int MOST_NAMES_BYTES = 64 << 20;

  /**
   * A member.
   *
   * @param name its name when it was added; not unique
   * @param content its bytes
   */
  record Member(String name, RandomBytes content) {}

  private final RandomBytes bytes;
  private final String name;
  private String longNames = "";

  private StaticLibrary(RandomBytes bytes, String name) {
    this.bytes = bytes;
    this.name = name;
  }

  static boolean isLibrary(byte[] start) {
    return new String(start, 0, Math.min(MAGIC.length(), start.length), StandardCharsets.ISO_8859_1)
        .equals(MAGIC);
  }

  /** Returns the members in order, without the library's own tables. */
  static List<Member> members(RandomBytes bytes, String name) throws IOException {
    return new StaticLibrary(bytes, name).read();
  }

  private ObjectFileException malformed(String what, long at) {
    return new ObjectFileException(
        "%s is not a well-formed static library: %s at offset 0x%x.".formatted(name, what, at));
  }

  private List<Member> read() throws IOException {
    List<Member> members = new ArrayList<>();
    long at = MAGIC.length();
    while (at < bytes.size()) {
      String header = text(at, HEADER);
      if (header.length() < HEADER || !header.endsWith("`\n")) {
        throw malformed("there is no header of a member", at);
      }
      long size = number(header.substring(SIZE, SIZE + SIZE_DIGITS), at);
      long start = at + HEADER;
      if (size > bytes.size() - start) {
        throw malformed("a member extends past the end", at);
      }
      String memberName = header.substring(0, NAME).stripTrailing();
      if (memberName.equals("//")) {
        longNames = text(start, Math.min(size, MOST_NAMES_BYTES));
      } else {
        Member member = member(memberName, start, size);
        if (!isTable(member.name())) {
          members.add(member);
        }
      }
      if (members.size() > MOST_MEMBERS) {
        throw malformed("there are more than %d members".formatted(MOST_MEMBERS), at);
      }
      at = start + size + (size & 1);
    }
    return members;
  }

  /** Returns whether a member is an index of symbols: System V has two forms, BSD one. */
  private static boolean isTable(String memberName) {
    return memberName.isEmpty()
        || memberName.equals("/SYM64")
        || memberName.startsWith("__.SYMDEF");
  }

  private Member member(String shortName, long start, long size) throws IOException {
    if (shortName.startsWith("#1/")) {
      long length = number(shortName.substring(3), start);
      if (length > size) {
        throw malformed("a member's name is longer than the member", start);
      }
      String inside = text(start, Math.min(length, LONGEST_NAME)).replaceAll("\0.*", "");
      return new Member(inside, bytes.part(start + length, size - length));
    }
    return new Member(longName(shortName, start), bytes.part(start, size));
  }

  private String longName(String shortName, long at) {
    if (!shortName.matches("/\\d+")) {
      return shortName.endsWith("/") ? shortName.substring(0, shortName.length() - 1) : shortName;
    }
    long place = number(shortName.substring(1), at);
    if (place >= longNames.length()) {
      throw malformed("a member's name is not in the table of names", at);
    }
    int most = (int) Math.min(longNames.length(), place + LONGEST_NAME);
    String found = longNames.substring((int) place, most).split("\n", 2)[0];
    return found.endsWith("/") ? found.substring(0, found.length() - 1) : found;
  }

  private String text(long at, long length) throws IOException {
    return new String(bytes.read(at, length), StandardCharsets.ISO_8859_1);
  }

  private long number(String digits, long at) {
    String plain = digits.strip();
    if (!plain.matches("\\d{1,10}")) {
      throw malformed("a number has other characters than digits", at);
    }
    return Long.parseLong(plain);
  }
}
