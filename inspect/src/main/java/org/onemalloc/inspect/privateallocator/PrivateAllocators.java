package org.onemalloc.inspect.privateallocator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.onemalloc.inspect.result.PrivateAllocator;

/** Recognises the allocators that are linked into a native file. */
public final class PrivateAllocators {
  private static final Marks MARKS =
      Marks.ofAll(KnownAllocator.ALL.stream().map(KnownAllocator::texts).toList());

  private PrivateAllocators() {}

  /**
   * The allocators that a file has for its own use. A file that exports {@code malloc} and {@code
   * free} has its allocator for everybody who binds to it: then the list is empty.
   *
   * @param file the bytes of an ELF, Mach-O or PE file
   * @param overrides the functions of the malloc family that it exports, as {@link
   *     org.onemalloc.inspect.result.NativeModule#overrides()}
   */
  public static List<PrivateAllocator> in(byte[] file, Collection<String> overrides) {
    boolean serves = overrides.contains("malloc") && overrides.contains("free");
    return serves ? List.of() : in(file);
  }

  /**
   * The allocators whose code is in a file, whoever uses it, each once, in one pass over the file.
   *
   * @param file the bytes of an ELF, Mach-O or PE file
   */
  public static List<PrivateAllocator> in(byte[] file) {
    int[] places = MARKS.find(file);
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

  private static String evidence(KnownAllocator allocator, int[] places, byte[] file) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < allocator.marks().size(); i++) {
      String mark = allocator.marks().get(i);
      // The variable's prefix tells two copies apart, as DUCKDB_JE_MALLOC_CONF.
      String text = mark.equals("MALLOC_CONF") ? Marks.longestWord(file, mark, places[i]) : mark;
      texts.add("\"" + text.strip().replace("\0", "").replace("\u00ff ", "") + "\"");
    }
    return "it contains " + String.join(" and ", texts);
  }
}
