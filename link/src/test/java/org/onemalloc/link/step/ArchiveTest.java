package org.onemalloc.link.step;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.link.LinkException;

class ArchiveTest {
  private static final byte[] MEMBER = new byte[8];

  @TempDir Path folder;

  @Test
  void extendsASoundIndex() throws Exception {
    byte[] extended = read(archive(1, 80, "f\0f\0")).withBinding(MEMBER);
    Set<String> names = read(extended).names();
    assertTrue(names.contains("f") && names.contains("onemalloc_allocate"), names.toString());
  }

  @Test
  void refusesAnIndexThatLies() throws Exception {
    refused(archive(1 << 30, 80, "f\0f\0"));
    refused(archive(-1, 80, "f\0f\0"));
    refused(archive(1, 1 << 30, "f\0f\0"));
    refused(archive(1, -1, "f\0f\0"));
    refused(archive(1, 80, "ffff"));
    refused(archive(3, 80, "f\0f\0"));
  }

  @Test
  void endsInASentenceWhateverIsDamaged() throws Exception {
    byte[] sound = archive(1, 80, "f\0f\0");
    Random random = new Random(7);
    for (int i = 0; i < 2000; i++) {
      byte[] damaged = sound.clone();
      for (int change = 0; change <= i % 3; change++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      try {
        read(damaged).withBinding(MEMBER);
      } catch (LinkException e) {
        assertTrue(e.getMessage().endsWith("."), e.getMessage());
      }
    }
  }

  private void refused(byte[] archive) throws Exception {
    Archive read = read(archive);
    LinkException refusal = assertThrows(LinkException.class, () -> read.withBinding(MEMBER));
    assertTrue(refusal.getMessage().contains("index that does not fit"), refusal.getMessage());
  }

  private Archive read(byte[] content) throws Exception {
    return Archive.read(Files.write(folder.resolve("libany.a"), content));
  }

  /** Returns an archive with an index of 12 bytes and one member of 8, at offset 80. */
  private static byte[] archive(int count, int offset, String names) {
    ByteBuffer archive = ByteBuffer.allocate(8 + 60 + 12 + 60 + 8);
    archive.put("!<arch>\n".getBytes(StandardCharsets.US_ASCII));
    archive.put(header("/", 12)).putInt(count).putInt(offset);
    archive.put(names.getBytes(StandardCharsets.US_ASCII));
    archive.put(header("a.o/", 8)).put(MEMBER);
    return archive.array();
  }

  private static byte[] header(String name, int size) {
    return "%-16s%-12d%-6d%-6d%-8s%-10d`\n"
        .formatted(name, 0, 0, 0, "100644", size)
        .getBytes(StandardCharsets.US_ASCII);
  }
}
