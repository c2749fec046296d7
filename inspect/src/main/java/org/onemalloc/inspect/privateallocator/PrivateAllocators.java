package org.onemalloc.inspect.privateallocator;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.onemalloc.inspect.result.PrivateAllocator;
import org.onemalloc.objectfile.TextSearch;
import org.onemalloc.objectfile.elf.ElfFile;

/** Recognises the allocators that are linked into a native file. */
public final class PrivateAllocators {
  private static final TextSearch MARKS =
      new TextSearch(KnownAllocator.ALL.stream().flatMap(known -> known.texts().stream()).toList());

  private static final int LONGEST_WORD = 64;

  private PrivateAllocators() {}

  /**
   * Returns the allocators that a file has for its own use. If the file exports {@code malloc} and
   * {@code free}, its allocator serves all modules that bind to it, and the list is empty.
   *
   * @param file the bytes of a Mach-O or PE file
   * @param overrides the functions of the malloc family that it exports, as {@link
   *     org.onemalloc.inspect.result.NativeModule#overrides()}
   */
  public static List<PrivateAllocator> in(byte[] file, Collection<String> overrides) {
    return serves(overrides) ? List.of() : in(file);
  }

  /**
   * Returns the allocators that an ELF file has for its own use.
   *
   * @param file the file, whose segments that may contain text are searched
   * @param overrides as above
   */
  public static List<PrivateAllocator> in(ElfFile file, Collection<String> overrides) {
    return serves(overrides) ? List.of() : in(file);
  }

  /**
   * Returns the allocators whose code is in an ELF file, for whatever use, each once.
   *
   * @param file the file, whose segments that may contain text are searched
   */
  public static List<PrivateAllocator> in(ElfFile file) {
    int[] places = new int[MARKS.count()];
    Arrays.fill(places, -1);
    file.findTexts(MARKS, (text, place) -> places[text] = first(places[text], place));
    List<PrivateAllocator> known = in(places, file::bytes);
    return known.isEmpty() ? HiddenMalloc.in(file).stream().toList() : known;
  }

  /**
   * Returns whether a file's allocator serves the modules that bind to it.
   *
   * @param overrides the functions of the malloc family that it exports
   */
  public static boolean serves(Collection<String> overrides) {
    return overrides.contains("malloc") && overrides.contains("free");
  }

  private static int first(int known, int place) {
    return known < 0 ? place : known;
  }

  /**
   * Returns the allocators whose code is in a file, for whatever use, each once, in one pass over
   * the file.
   *
   * @param file the bytes of an ELF, Mach-O or PE file
   */
  public static List<PrivateAllocator> in(byte[] file) {
    return in(MARKS.firstIn(file), () -> file);
  }

  private static List<PrivateAllocator> in(int[] places, Supplier<byte[]> file) {
    List<PrivateAllocator> found = new ArrayList<>();
    int next = 0;
    for (KnownAllocator allocator : KnownAllocator.ALL) {
      int[] own = Arrays.copyOfRange(places, next, next + allocator.texts().size());
      next += own.length;
      boolean known = found.stream().anyMatch(f -> f.name().equals(allocator.name()));
      if (!known && matches(allocator, own)) {
        found.add(new PrivateAllocator(allocator.name(), evidence(allocator, own, file)));
      }
    }
    return List.copyOf(found);
  }

  private static boolean matches(KnownAllocator allocator, int[] places) {
    for (int i = 0; i < places.length; i++) {
      boolean wanted = i < allocator.marks().size();
      if (wanted != (places[i] >= 0)) {
        return false;
      }
    }
    return true;
  }

  private static String evidence(KnownAllocator allocator, int[] places, Supplier<byte[]> file) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < allocator.marks().size(); i++) {
      String mark = allocator.marks().get(i);
      // The variable's prefix distinguishes two copies, as in DUCKDB_JE_MALLOC_CONF.
      String text = mark.equals("MALLOC_CONF") ? longestWord(file.get(), mark, places[i]) : mark;
      texts.add("\"" + text.strip().replace("\0", "").replace("\u00ff ", "") + "\"");
    }
    return "it contains " + String.join(" and ", texts);
  }

  /**
   * Returns the longest word, of letters, digits and underscores, that contains the text at a
   * place.
   */
  private static String longestWord(byte[] bytes, String text, int place) {
    String[] longest = {""};
    new TextSearch(List.of(text))
        .forEach(
            bytes,
            place,
            bytes.length,
            (only, at) -> {
              String word = wordAt(bytes, at);
              longest[0] = word.length() > longest[0].length() ? word : longest[0];
            });
    return longest[0];
  }

  private static String wordAt(byte[] bytes, int place) {
    int from = place;
    while (from > 0 && place - from < LONGEST_WORD && isWord(bytes[from - 1])) {
      from--;
    }
    int to = place;
    while (to < bytes.length && to - place < LONGEST_WORD && isWord(bytes[to])) {
      to++;
    }
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  private static boolean isWord(byte b) {
    return (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9') || b == '_';
  }
}
