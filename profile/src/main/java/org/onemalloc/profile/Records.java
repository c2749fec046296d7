package org.onemalloc.profile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** The recordings that the agent has left: chooses one, and makes its profile. */
final class Records {
  /**
   * A note on the allocations that async-profiler does not see, because it replaces entries of
   * import tables.
   */
  static final String NOT_SEEN =
      "Not seen: allocations that do not go through a library's import table, such as those made"
          + " through the Foreign Function and Memory API's lookups, those of onemalloc's Heap"
          + " among them,"
          + " and those of an allocator linked into a library for its own use.";

  private Records() {}

  /**
   * Returns the profile of the largest recording. If a command starts several JVMs, that is the one
   * that matters.
   */
  static Profile largest(Path directory, String command, long every, HeldMemory held)
      throws IOException {
    List<Path> records;
    try (Stream<Path> files = Files.list(directory)) {
      records = files.sorted(Comparator.comparingLong(Records::size).reversed()).toList();
    }
    if (records.isEmpty()) {
      throw new ProfileException(
          command
              + " left no recording: it did not start a JVM, was killed before it could write one, or could not write to %s; use onemalloc compare for other programs."
                  .formatted(directory));
    }
    List<String> notes = new ArrayList<>(List.of(NOT_SEEN));
    ProfileException unreadable = null;
    for (Path record : records) {
      try {
        HeldMemory.Held last = held.lastOf(processOf(record));
        last.note().ifPresent(notes::add);
        Profile profile = profile(command, record, every, last.bytes(), notes);
        return records.size() == 1
            ? profile
            : profile.with(
                "%d JVMs were recorded; this is the one with the largest recording."
                    .formatted(records.size()));
      } catch (ProfileException e) {
        notes.add(e.getMessage());
        unreadable = unreadable == null ? e : unreadable;
      }
    }
    throw unreadable;
  }

  /** Returns the process id, which the agent puts into the name of a recording. */
  private static long processOf(Path record) {
    String digits = record.getFileName().toString().replaceAll("\\D", "");
    return digits.isEmpty() ? -1 : Long.parseLong(digits);
  }

  /**
   * Reads a recording. The library that parses it expects a complete file, so any of its exceptions
   * is reported as an incomplete recording.
   */
  static Profile profile(
      String subject, Path record, long every, OptionalLong held, List<String> notes)
      throws IOException {
    if (!Files.exists(record)) {
      throw new ProfileException(
          subject + " left no recording: it could not write " + record + ".");
    }
    try {
      return Profile.of(subject, record, every, held, notes);
    } catch (IOException | RuntimeException e) {
      throw new ProfileException(
          "%s left an incomplete recording of %d bytes: it was killed, or there was no room in %s (%d MB are free): set TMPDIR to a directory with more room."
              .formatted(
                  subject,
                  size(record),
                  record.getParent(),
                  record.toFile().getUsableSpace() >> 20),
          e);
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0; // The file has been deleted.
    }
  }
}
