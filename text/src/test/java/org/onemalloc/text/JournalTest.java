package org.onemalloc.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  private static final String TITLE = "a journal of this test";
  private static final List<String> RECORDS = List.of("one", "", "drei\tü", "x".repeat(300));

  @TempDir Path folder;

  private Path written() throws IOException {
    Path file = folder.resolve("journal");
    try (Journal journal = Journal.open(file, TITLE)) {
      for (String record : RECORDS) {
        journal.append(record);
      }
    }
    return file;
  }

  private static List<String> read(Path file) throws IOException {
    try (Journal journal = Journal.open(file, TITLE)) {
      return journal.records();
    }
  }

  @Test
  void keepsWhatWasAppendedByOneProcessAfterTheOther() throws IOException {
    Path file = written();
    assertEquals(RECORDS, read(file));
    try (Journal journal = Journal.open(file, TITLE)) {
      journal.append("last");
    }
    assertEquals("last", read(file).getLast());
    assertEquals(RECORDS.size() + 1, read(file).size());
  }

  @Test
  void cutOffAtAnyByteItKeepsEveryWholeRecordAndGoesOn() throws IOException {
    byte[] all = Files.readAllBytes(written());
    for (int length = 0; length <= all.length; length++) {
      Path file = folder.resolve("cut");
      Files.write(file, Arrays.copyOf(all, length));
      List<String> expected = RECORDS.subList(0, Math.max(0, lines(all, length) - 1));
      try (Journal journal = Journal.open(file, TITLE)) {
        assertEquals(expected, journal.records(), "cut to " + length);
        journal.append("again");
      }
      List<String> after = read(file);
      assertEquals(expected, after.subList(0, after.size() - 1), "cut to " + length);
      assertEquals("again", after.getLast());
    }
  }

  /** Returns how many lines are whole in the first bytes. */
  private static int lines(byte[] all, int length) {
    int count = 0;
    for (int i = 0; i < length; i++) {
      count += all[i] == '\n' ? 1 : 0;
    }
    return count;
  }

  @Test
  void aChangedByteInTheMiddleIsRefusedAndAtTheEndCutOff() throws IOException {
    Path file = written();
    byte[] all = Files.readAllBytes(file);
    int second = new String(all, StandardCharsets.ISO_8859_1).indexOf('\n') + 1;
    byte[] damaged = all.clone();
    damaged[second + 20] ^= 1;
    Files.write(file, damaged);
    OutputException refused = assertThrows(OutputException.class, () -> read(file));
    assertTrue(refused.getMessage().contains("damaged in line 2"), refused.getMessage());
    assertArrayEquals(damaged, Files.readAllBytes(file));
    damaged = all.clone();
    damaged[all.length - 2] ^= 1;
    Files.write(file, damaged);
    assertEquals(RECORDS.subList(0, RECORDS.size() - 1), read(file));
  }

  @Test
  void touchesNoOtherFile() throws IOException {
    Path file = folder.resolve("notes.txt");
    Files.writeString(file, "my notes\n");
    assertThrows(OutputException.class, () -> Journal.open(file, TITLE));
    assertEquals("my notes\n", Files.readString(file));
    assertThrows(OutputException.class, () -> Journal.open(folder, TITLE));
    assertThrows(OutputException.class, () -> Journal.open(folder.resolve("no/file"), TITLE));
    assertThrows(OutputException.class, () -> Journal.open(written(), "another title"));
  }

  @Test
  void isOpenOnlyOnce() throws IOException {
    Path file = written();
    try (Journal first = Journal.open(file, TITLE)) {
      assertThrows(OutputException.class, () -> Journal.open(file, TITLE));
      assertEquals(RECORDS, first.records());
    }
    assertEquals(RECORDS, read(file));
  }

  @Test
  void leavesNothingIfNothingWasAppended() throws IOException {
    Path file = folder.resolve("empty");
    assertEquals(List.of(), read(file));
    assertFalse(Files.exists(file));
    Path line = folder.resolve("line");
    try (Journal journal = Journal.open(line, TITLE)) {
      assertThrows(IllegalArgumentException.class, () -> journal.append("a\nb"));
    }
  }
}
