package org.onemalloc.profile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import one.convert.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SavedProfileTest {
  private static final StackFrame NATIVE =
      new StackFrame("libx.so", "operator<\\>(a\tb\nc\rd)", Frame.TYPE_NATIVE);
  private static final StackFrame JAVA =
      new StackFrame("com.example.Ünïcode", "run", Frame.TYPE_INTERPRETED);

  @TempDir Path folder;

  private static Recording.Site site(long allocated, long live, long blocks) {
    Recording.Site site = new Recording.Site();
    site.allocated = allocated;
    site.live = live;
    site.blocks = blocks;
    return site;
  }

  private static SavedProfile profile() {
    Map<List<StackFrame>, Recording.Site> sites = new HashMap<>();
    sites.put(List.of(NATIVE, JAVA), site(300, 200, 3));
    sites.put(List.of(JAVA), site(7, 0, 1));
    sites.put(List.of(), site(1, 1, 1));
    return new SavedProfile("java\t-jar \\ app.jar", 65536, 1_500_000_000L, sites);
  }

  private Path saved(SavedProfile profile) throws IOException {
    StringBuilder text = new StringBuilder();
    profile.write(text);
    return Files.writeString(folder.resolve("saved.prof"), text);
  }

  /** Writes lines with a right checksum, as somebody could who means harm. */
  private Path forged(String lines) throws IOException {
    String text = "onemalloc-profile 1\n" + lines;
    CRC32 sum = new CRC32();
    sum.update(text.getBytes(UTF_8));
    return Files.writeString(folder.resolve("forged"), text + "end\t" + sum.getValue() + "\n");
  }

  private static String refusal(Path file) {
    String message =
        assertThrows(ProfileException.class, () -> SavedReader.read(file)).getMessage();
    assertTrue(message.startsWith(file.toString()) && message.endsWith("."), message);
    assertEquals(1, message.lines().count());
    return message.substring(file.toString().length() + 1);
  }

  @Test
  void whatIsReadIsWhatWasWritten() throws IOException {
    SavedProfile read = SavedReader.read(saved(profile()));
    assertEquals("java\t-jar \\ app.jar", read.subject());
    assertEquals(65536, read.every());
    assertEquals(1_500_000_000L, read.nanos());
    assertEquals(profile().sites().keySet(), read.sites().keySet());
    Recording.Site site = read.sites().get(List.of(NATIVE, JAVA));
    assertEquals(List.of(300L, 200L, 3L), List.of(site.allocated, site.live, site.blocks));
  }

  @Test
  void everyChangedByteAndEveryMissingEndIsNoticed() throws IOException {
    byte[] good = Files.readAllBytes(saved(profile()));
    Path bad = folder.resolve("bad");
    for (int i = 0; i < good.length; i++) {
      byte[] changed = good.clone();
      changed[i] ^= 4;
      Files.write(bad, changed);
      refusal(bad);
      Files.write(bad, java.util.Arrays.copyOf(good, i));
      refusal(bad);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "every\t0\n",
        "every\t-1\n",
        "every\t9999999999999999999\n",
        "every\n",
        "what\t1\n",
        "every\t1\nframe\t3\ta\n",
        "every\t1\nframe\t300\ta\tb\n",
        "every\t1\nframe\t3\ta\t\\q\n",
        "every\t1\nsite\t1\t1\t1\n",
        "every\t1\nsite\t1\t1\t1\t0\n",
        "every\t1\nsite\t1\t1\t1\t-1\n",
        "every\t1\nsite\t1\t2\t1\t\n",
        "every\t1\nsite\t1\t1\t1\t\nsite\t1\t1\t1\t\n",
        "every\t1\nsite\t1\tx\t1\t\n",
      })
  void whatWasNeverWrittenIsDamage(String lines) throws IOException {
    assertEquals("is damaged.", refusal(forged(lines)));
  }

  @Test
  void sumsThatOverflowAreDamage() throws IOException {
    StringBuilder lines = new StringBuilder("every\t1\nframe\t3\ta\tb\n");
    for (int i = 0; i < 20; i++) {
      String stack = "0 ".repeat(i) + "0";
      lines.append("site\t999999999999999999\t0\t1\t").append(stack).append('\n');
    }
    assertEquals("is damaged.", refusal(forged(lines.toString())));
  }

  @Test
  void aLineOfManyFieldsIsNotTakenApart() throws IOException {
    assertEquals("is damaged.", refusal(forged("every\t1\n" + "\t".repeat(2 << 20) + "\n")));
  }

  @Test
  void otherFilesAreRefused() throws Exception {
    String foreign = "was not written by onemalloc profile --save of this version.";
    assertEquals(foreign, refusal(Files.writeString(folder.resolve("empty"), "")));
    assertEquals(foreign, refusal(Files.writeString(folder.resolve("text"), "FLR\0")));
    assertEquals(foreign, refusal(Files.write(folder.resolve("bytes"), new byte[] {(byte) 0xff})));
    assertEquals("does not exist.", refusal(folder.resolve("none")));
    assertEquals("is not a regular file.", refusal(folder));
    Path pipe = folder.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    assertEquals("is not a regular file.", refusal(pipe));
    Path large = folder.resolve("large");
    try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
      file.setLength(1L << 40);
    }
    assertEquals("is larger than the 64 MB that are read.", refusal(large));
  }
}
