package org.onemalloc.link.step;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.onemalloc.link.LinkException;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * A static library: the names in its index, its first object, and the addition of the binding.
 *
 * <p>The format is that of System V and GNU (ar(5)): {@code !<arch>\n}, then for each member a
 * header of 60 bytes, its size in decimal at offset 48, and its bytes, padded to an even offset.
 * The first member, {@code /}, holds a count, that many offsets (32 bits, big-endian) and as many
 * names.
 */
/*
 * Design note. The member is added here and not by ar. GNU ar builds a new index and asks the
 * installed compiler plug-ins for the names. If a plug-in does not understand the bitcode that
 * rustc puts into its objects, the names of these objects are missing. Here the index is only
 * extended.
 */
final class Archive {
  /** The name of the member with the binding; a header holds at most 15 characters. */
  static final String BINDING = "onemalloc.o";

  private static final byte[] MAGIC = "!<arch>\n".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER = 60;
  private static final int SIZE_AT = 48;

  private static final List<String> SEAM =
      List.of(
          "onemalloc_allocate",
          "onemalloc_allocate_zeroed",
          "onemalloc_reallocate",
          "onemalloc_resize_in_place",
          "onemalloc_deallocate",
          "onemalloc_usable_size",
          "onemalloc_statistics");

  private final Path file;
  private final byte[] bytes;
  private final Set<String> names;
  private final Optional<ElfFile> first;
  private final boolean bound;

  private Archive(
      Path file, byte[] bytes, Set<String> names, Optional<ElfFile> first, boolean bound) {
    this.file = file;
    this.bytes = bytes;
    this.names = names;
    this.first = first;
    this.bound = bound;
  }

  /** Returns the names that the members define, from the index. */
  Set<String> names() {
    return names;
  }

  /** Returns the first ELF object, which shows the machine of the library. */
  Optional<ElfFile> first() {
    return first;
  }

  /** Returns whether the library contains the binding already. */
  boolean bound() {
    return bound;
  }

  static Archive read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw LinkException.unusable(
          "%s does not exist: give a static library, as in --kind static libfoo.a."
              .formatted(file));
    }
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length < MAGIC.length || !Arrays.equals(bytes, 0, 8, MAGIC, 0, 8)) {
      throw LinkException.unusable(
          "%s is not a static library: give a file that ar made, such as libfoo.a."
              .formatted(file));
    }
    Set<String> names = new TreeSet<>();
    Optional<ElfFile> first = Optional.empty();
    boolean bound = false;
    int at = MAGIC.length;
    while (at + HEADER <= bytes.length) {
      String name = text(bytes, at, 16);
      int size = size(bytes, at, file);
      int start = at + HEADER;
      if (name.equals("/")) {
        index(ByteBuffer.wrap(bytes, start, size).slice(), names);
      } else if (first.isEmpty() && size > 4 && bytes[start] == 0x7f && bytes[start + 1] == 'E') {
        byte[] member = Arrays.copyOfRange(bytes, start, start + size);
        first = Optional.of(ElfFile.of(member, file.toString()));
      }
      bound |= name.equals(BINDING + "/");
      at = even(start + size);
    }
    return new Archive(file, bytes, names, first, bound);
  }

  private static int even(int place) {
    return place + (place & 1);
  }

  private static String text(byte[] bytes, int at, int length) {
    return new String(bytes, at, length, StandardCharsets.ISO_8859_1).strip();
  }

  private static int size(byte[] bytes, int at, Path file) {
    String digits = text(bytes, at + SIZE_AT, 10);
    if (digits.matches("\\d{1,9}") && Integer.parseInt(digits) <= bytes.length - at - HEADER) {
      return Integer.parseInt(digits);
    }
    throw LinkException.unusable(
        "%s is damaged: the member at byte %d has no size: make it again.".formatted(file, at));
  }

  private static void index(ByteBuffer member, Set<String> names) {
    int count = member.remaining() < 4 ? 0 : member.getInt();
    if (count < 0 || count > member.remaining() / 4) {
      return;
    }
    byte[] text = new byte[member.remaining() - 4 * count];
    member.position(member.position() + 4 * count).get(text);
    for (String name : new String(text, StandardCharsets.UTF_8).split("\0", -1)) {
      if (!name.isBlank()) {
        names.add(name);
      }
    }
  }

  /** Returns an archive with the binding alone. */
  static byte[] ofBinding(byte[] object) {
    ByteArrayOutputStream empty = new ByteArrayOutputStream();
    empty.writeBytes(MAGIC);
    empty.writeBytes(header("/", 4));
    empty.writeBytes(new byte[4]);
    return with(empty.toByteArray(), 4, object);
  }

  /** Returns this archive with the binding as its last member. */
  byte[] withBinding(byte[] object) {
    if (bytes.length < MAGIC.length + HEADER || !text(bytes, MAGIC.length, 16).equals("/")) {
      throw LinkException.unusable(
          file + " has no index that can be extended: run ranlib on it first.");
    }
    int size = size(bytes, MAGIC.length, file);
    if (!isSound(ByteBuffer.wrap(bytes, MAGIC.length + HEADER, size).slice(), bytes.length)) {
      throw LinkException.unusable(
          file + " has an index that does not fit its members: run ranlib on it first.");
    }
    return with(bytes, size, object);
  }

  /**
   * Returns whether an index has as many offsets and names as it says, and they are in the file.
   */
  private static boolean isSound(ByteBuffer index, int length) {
    int count = index.remaining() < 4 ? -1 : index.getInt();
    if (count < 0 || count > index.remaining() / 4) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      int member = index.getInt();
      if (member < MAGIC.length || member > length - HEADER) {
        return false;
      }
    }
    int names = 0;
    while (index.hasRemaining()) {
      names += index.get() == 0 ? 1 : 0;
    }
    return names >= count;
  }

  private static byte[] with(byte[] old, int indexSize, byte[] object) {
    ByteBuffer index = ByteBuffer.wrap(old, MAGIC.length + HEADER, indexSize).slice();
    int count = index.getInt();
    String added = String.join("\0", SEAM) + "\0";
    int names = endOfNames(index, count);
    int newSize = even(4 + 4 * (count + SEAM.size()) + names + added.length());
    int rest = even(MAGIC.length + HEADER + indexSize);
    int moved = MAGIC.length + HEADER + newSize - rest;
    ByteBuffer grown = ByteBuffer.allocate(newSize).putInt(count + SEAM.size());
    for (int i = 0; i < count; i++) {
      grown.putInt(index.getInt() + moved);
    }
    SEAM.forEach(name -> grown.putInt(even(old.length) + moved));
    grown.put(index.slice(index.position(), names));
    grown.put(added.getBytes(StandardCharsets.US_ASCII));
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(MAGIC);
    all.writeBytes(header("/", newSize));
    all.writeBytes(grown.array());
    all.write(old, rest, Math.max(0, old.length - rest));
    pad(all);
    all.writeBytes(header(BINDING + "/", object.length));
    all.writeBytes(object);
    pad(all);
    return all.toByteArray();
  }

  /** Returns the length of the names in bytes, without padding. */
  private static int endOfNames(ByteBuffer index, int count) {
    int start = 4 + 4 * count;
    int at = start;
    for (int found = 0; found < count && at < index.limit(); at++) {
      found += index.get(at) == 0 ? 1 : 0;
    }
    return at - start;
  }

  private static void pad(ByteArrayOutputStream all) {
    if ((all.size() & 1) != 0) {
      all.write('\n');
    }
  }

  /**
   * Returns a header: name, date, owner, group, mode, size and two final characters. The date is 0,
   * so that equal members give equal bytes.
   */
  private static byte[] header(String name, int size) {
    return "%-16s%-12d%-6d%-6d%-8s%-10d`\n"
        .formatted(name, 0, 0, 0, name.equals("/") ? "0" : "100644", size)
        .getBytes(StandardCharsets.US_ASCII);
  }
}
