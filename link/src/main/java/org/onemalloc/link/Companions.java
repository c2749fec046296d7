package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.onemalloc.allocators.LookupLibraries;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.NeededLibraries;

/**
 * The libraries beside the shipped allocator of a program. They make Java's default lookup find the
 * allocator in a JVM that the program opens and that is not linked itself.
 */
/*
 * Design note. The shipped allocator names the first of them as its auxiliary library
 * (DT_AUXILIARY). So the loader searches it before the allocator, and its dlopen comes before
 * libc's; the program itself needs no second entry, and an executable that is built with the
 * allocator has them too. The loader goes on if an auxiliary library is missing.
 *
 * They are named relative to themselves ($ORIGIN), so that the program can be moved. The loader
 * ends a program with file capabilities that names anything so. Therefore the allocator of such a
 * program has no companions.
 *
 * Rejected: a second DT_NEEDED in the program, which needs room that many programs do not have.
 *
 * An image needs none of this: its own libsyslookup.so is linked.
 */
record Companions(SortedMap<String, byte[]> files) {
  private static final String KEY = "companion.";

  static Companions none() {
    return new Companions(new TreeMap<>());
  }

  /** Returns the companions of an allocator; none if there is no code for its machine. */
  static Companions of(ElfFile allocator) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    if (LookupLibraries.support(allocator)) {
      String answer = LookupLibraries.ANSWER;
      String lookup = LookupLibraries.LOOKUP;
      files.put(answer, LookupLibraries.answer(allocator, answer, "$ORIGIN/" + lookup));
      files.put(lookup, LookupLibraries.lookup(allocator));
    }
    return new Companions(files);
  }

  /** Makes the allocator bring its companions along. */
  ElfFile broughtBy(ElfFile allocator) {
    return files.isEmpty()
        ? allocator
        : NeededLibraries.withAuxiliary(allocator, "$ORIGIN/" + LookupLibraries.ANSWER);
  }

  /** Adds the digests to the record of a link. */
  void addTo(SortedMap<String, String> record) {
    files.forEach((name, content) -> record.put(KEY + name, SafeFiles.sha256(content)));
  }

  /**
   * Refuses a home in which other files have their names.
   *
   * @throws LinkException if a file is not the companion that is to be written
   */
  void check(Path home) throws IOException {
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path path = home.resolve(file.getKey());
      boolean isThere = Files.exists(path, LinkOption.NOFOLLOW_LINKS);
      if (isThere && !SafeFiles.sha256(path).equals(SafeFiles.sha256(file.getValue()))) {
        throw LinkException.unusable(
            "%s is another build, which a program beside it is linked with: undo that one first."
                .formatted(path));
      }
    }
  }

  /** Writes those that are missing, and returns their paths. */
  List<Path> write(Path home) throws IOException {
    List<Path> written = new ArrayList<>();
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path path = home.resolve(file.getKey());
      if (SafeFiles.supply(path, file.getValue(), "rwxr-xr-x")) {
        written.add(path);
      }
    }
    return written;
  }

  /** Returns the names and digests in a record. */
  static SortedMap<String, String> recorded(ChoiceRecord record) {
    SortedMap<String, String> found = new TreeMap<>();
    for (String name : List.of(LookupLibraries.ANSWER, LookupLibraries.LOOKUP)) {
      if (!record.get(KEY + name).isEmpty()) {
        found.put(name, record.get(KEY + name));
      }
    }
    return found;
  }
}
