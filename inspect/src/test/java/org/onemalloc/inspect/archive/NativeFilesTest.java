package org.onemalloc.inspect.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.objectfile.ObjectFileException;

class NativeFilesTest {
  private static final byte[] LIBRARY = Arrays.copyOf(HexFormat.of().parseHex("7f454c46"), 5000);
  private static final byte[] CLASS =
      Arrays.copyOf(HexFormat.of().parseHex("cafebabe00000045"), 5000);

  @TempDir Path directory;

  private final List<String> notes = new ArrayList<>();

  private Map<String, byte[]> walk(Path path) throws IOException {
    Map<String, byte[]> found = new TreeMap<>();
    NativeFiles.walk(
        path, file -> found.put(belowDirectory(file.name()), RealNatives.read(file)), notes::add);
    return found;
  }

  /** A damaged archive has names that are no paths. */
  private String belowDirectory(String name) {
    return name.substring(directory.toString().length() + 1);
  }

  private static byte[] zip(int method, Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(method);
      for (var entry : entries.entrySet()) {
        ZipEntry header = new ZipEntry(entry.getKey());
        CRC32 crc = new CRC32();
        crc.update(entry.getValue());
        header.setCrc(crc.getValue());
        header.setSize(entry.getValue().length);
        zip.putNextEntry(header);
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  private Path write(String name, byte[] content) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  @Test
  void findsFilesInDirectoriesAndArchivesInArchives() throws IOException {
    byte[] jar = zip(ZipEntry.DEFLATED, Map.of("linux/liba.so", LIBRARY, "A.class", CLASS));
    write("app/lib/libb.so", LIBRARY);
    write("app/readme.txt", new byte[5000]);
    write("app/Main.class", CLASS);
    write("app/stored.jar", zip(ZipEntry.STORED, Map.of("lib/inner.jar", jar, "liba.so", LIBRARY)));
    write("app/deflated.war", zip(ZipEntry.DEFLATED, Map.of("WEB-INF/lib/inner.jar", jar)));
    Map<String, byte[]> found = walk(directory);
    assertEquals(
        List.of(
            "app/deflated.war!/WEB-INF/lib/inner.jar!/linux/liba.so",
            "app/lib/libb.so",
            "app/stored.jar!/lib/inner.jar!/linux/liba.so",
            "app/stored.jar!/liba.so"),
        List.copyOf(found.keySet()));
    found.values().forEach(bytes -> assertArrayEquals(LIBRARY, bytes));
    assertEquals(List.of(), notes);
  }

  @Test
  void followsALinkThatItIsGivenAndNoOther() throws IOException {
    write("real/liba.so", LIBRARY);
    Files.createSymbolicLink(directory.resolve("real/libb.so"), Path.of("liba.so"));
    Files.createSymbolicLink(directory.resolve("link"), Path.of("real"));
    assertEquals(1, walk(directory.resolve("link")).size());
  }

  @Test
  void opensAnArchiveBehindOtherBytes() throws IOException {
    byte[] jar = zip(ZipEntry.DEFLATED, Map.of("lib/liba.so", LIBRARY));
    byte[] jmod = Arrays.copyOf(new byte[] {'J', 'M', 1, 0}, jar.length + 4);
    System.arraycopy(jar, 0, jmod, 4, jar.length);
    assertEquals(1, walk(write("java.base.jmod", jmod)).size());
  }

  @Test
  void seesWhatTheJdkSeesInEveryRealJar() throws IOException {
    try (Stream<Path> jars = Files.list(Path.of("target/natives"))) {
      for (Path jar : jars.toList()) {
        List<String> theirs = new ArrayList<>();
        try (ZipFile zip = new ZipFile(jar.toFile());
            var channel = java.nio.channels.FileChannel.open(jar)) {
          zip.stream().forEach(e -> theirs.add(e.getName() + " " + e.getSize()));
          List<String> ours = new ArrayList<>();
          ZipEntries.of(RandomBytes.of(channel), jar + "")
              .forEach(e -> ours.add(e.name() + " " + e.size()));
          theirs.sort(null);
          ours.sort(null);
          assertEquals(theirs, ours);
        }
      }
    }
  }

  @Test
  @Timeout(60)
  void doesNotUnpackABomb() throws IOException {
    byte[] zeros = Arrays.copyOf(LIBRARY, 300 << 20);
    byte[] bomb = zip(ZipEntry.DEFLATED, Map.of("a.so", zeros));
    assertTrue(bomb.length < 400_000, bomb.length + " bytes");
    Path file = write("bomb.jar", bomb);
    ObjectFileException refused = assertThrows(ObjectFileException.class, () -> walk(file));
    assertTrue(refused.getMessage().contains("unpacks to far more"), refused.getMessage());
  }

  @Test
  void refusesEntriesThatOverlap() throws IOException {
    byte[] jar = zip(ZipEntry.STORED, Map.of("a.so", LIBRARY, "b.so", LIBRARY));
    int end = jar.length - 22;
    int directoryAt = (jar[end + 16] & 0xff) | (jar[end + 17] & 0xff) << 8;
    int second = directoryAt + 46 + 4;
    for (int i = 0; i < 4; i++) {
      jar[second + 42 + i] = 0;
    }
    assertEquals(Map.of(), walk(write("overlapping.jar", jar)));
    assertTrue(notes.getFirst().contains("overlaps another"), notes.toString());
  }

  @Test
  void opensNoMoreThanFourArchivesInEachOther() throws IOException {
    byte[] inner = zip(ZipEntry.DEFLATED, Map.of("a.so", LIBRARY));
    for (int i = 0; i < 5; i++) {
      inner = zip(ZipEntry.DEFLATED, Map.of("inner.jar", inner));
    }
    assertEquals(Map.of(), walk(write("deep.jar", inner)));
    assertTrue(notes.getFirst().contains("too deep"), notes.toString());
  }

  @Test
  @Timeout(60)
  void answersDamagedArchivesInOneSentence() throws IOException {
    byte[] jar =
        zip(ZipEntry.DEFLATED, Map.of("a.so", LIBRARY, "b.jar", zip(8, Map.of("c.so", LIBRARY))));
    Random random = new Random(1);
    for (int round = 0; round < 3000; round++) {
      byte[] damaged =
          random.nextInt(4) == 0 ? Arrays.copyOf(jar, random.nextInt(jar.length)) : jar.clone();
      for (int flips = random.nextInt(4); flips > 0 && damaged.length > 0; flips--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      Path file = write("damaged.jar", damaged);
      try {
        var _ = walk(file);
      } catch (ObjectFileException e) {
        notes.add(e.getMessage());
      }
    }
    notes.forEach(note -> assertTrue(note.endsWith("."), note));
  }

  @Test
  void saysWhatCannotBeRead() throws IOException {
    assertThrows(NoSuchFileException.class, () -> walk(directory.resolve("nothing")));
    assertEquals(Map.of(), walk(write("text", new byte[] {'#', '!'})));
    assertTrue(notes.getFirst().endsWith("is neither a native file nor a zip archive."));
    assertThrows(ObjectFileException.class, () -> walk(Path.of("/dev/zero")));
  }
}
