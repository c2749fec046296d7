package org.onemalloc.link;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Programs that carry data of their own and find it at the end of their file, by a note, by a
 * section, or as a zip archive. After the link, each program runs as before; or the link is
 * refused, and the program is unchanged. Notes in programs linked by mold are not tested: mold 1.10
 * gives them an alignment of 8 that they do not have, so readers of notes do not find them.
 */
class CarriedDataTest {
  @TempDir Path directory;
  private Path bin;

  @BeforeEach
  void open() throws IOException {
    directory = directory.toRealPath();
    bin = Files.createDirectory(directory.resolve("bin"));
  }

  @ParameterizedTest
  @CsvSource({
    "end, bfd, linked",
    "end, gold, linked",
    "end, lld, refused",
    "end, mold, refused",
    "note, bfd, linked",
    "note, gold, linked",
    "note, lld, linked",
    "section, bfd, linked",
    "section, gold, linked",
    "section, lld, linked",
    "section, mold, linked",
    "zip, bfd, linked",
    "zip, lld, refused"
  })
  void runsAsBeforeOrIsRefused(String place, String linker, String expected) throws Exception {
    Tools.assumeInstalled("ld." + linker);
    Path program = Tools.compile(bin, "carries", "carries.c", "-fuse-ld=" + linker);
    byte[] plain = Files.readAllBytes(program);
    pack(program, place);
    Tools.Result before = start(program, place);
    assertEquals(0, before.exitCode(), before.output());
    assertTrue(before.output().contains("the payload"), before.output());
    byte[] content = Files.readAllBytes(program);
    String outcome = "linked";
    try {
      Link.link(program, Tools.choice("mimalloc"), "test", false);
      Link.verify(program);
    } catch (LinkException e) {
      assertEquals(2, e.exitCode(), e.getMessage());
      assertTrue(e.getMessage().contains("past its last structure"), e.getMessage());
      assertEquals(List.of(content.length), List.of((int) Files.size(program)));
      outcome = "refused";
    }
    assertEquals(before, start(program, place));
    assertEquals(expected, outcome);
    if (outcome.equals("refused")) {
      // The refusal tells the user to do this.
      Files.write(program, plain);
      Link.link(program, Tools.choice("mimalloc"), "test", false);
      pack(program, place);
      Link.verify(program);
      assertEquals(before, start(program, place));
    }
  }

  private static Tools.Result start(Path program, String place) throws Exception {
    return Tools.run(Map.of(), List.of(program.toString(), place));
  }

  private void pack(Path program, String place) throws Exception {
    byte[] content = Files.readAllBytes(program);
    List<byte[]> parts = new ArrayList<>(List.of(content));
    switch (place) {
      case "end" -> parts.add("the payload, at the end\n".getBytes(UTF_8));
      case "zip" -> parts.add(zip());
      case "section" -> {
        Tools.assumeInstalled("objcopy");
        Path data = Files.writeString(directory.resolve("data"), "the payload, in a section\n");
        Tools.succeed("objcopy", "--add-section", ".carried=" + data, program.toString());
        return;
      }
      default -> {}
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.write(part);
    }
    Files.write(program, all.toByteArray());
  }

  private static byte[] zip() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      ZipEntry entry = new ZipEntry("data");
      entry.setMethod(ZipEntry.STORED);
      byte[] text = "the payload, in an archive\n".getBytes(UTF_8);
      java.util.zip.CRC32 sum = new java.util.zip.CRC32();
      sum.update(text);
      entry.setSize(text.length);
      entry.setCrc(sum.getValue());
      zip.putNextEntry(entry);
      zip.write(text);
    }
    return bytes.toByteArray();
  }
}
