package org.onemalloc.allocators;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoaderCacheTest {
  private static final Path CACHE = Path.of("/etc/ld.so.cache");

  @TempDir Path directory;

  @Test
  void readsWhatLdconfigReads() throws Exception {
    Shell.needs("ldconfig");
    Assumptions.assumeTrue(Files.exists(CACHE), "why: there is no /etc/ld.so.cache");
    List<String> expected =
        Shell.run(Map.of("PATH", "/usr/sbin:/sbin"), "/sbin/ldconfig", "-p")
            .output()
            .lines()
            .filter(line -> line.contains(" => "))
            .map(line -> line.substring(line.indexOf(" => ") + 4))
            .toList();
    List<String> read =
        LoaderCache.parse(Files.readAllBytes(CACHE)).stream().map(Path::toString).toList();
    assertEquals(expected, read);
  }

  @Test
  void readsTheNewFormatBehindTheOldOne() {
    List<Path> expected = List.of(Path.of("/lib/liba.so.1"), Path.of("/lib/libb.so.2"));
    byte[] alone = cache("/lib/liba.so.1", "/lib/libb.so.2");
    assertEquals(expected, LoaderCache.parse(alone));
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.writeBytes("ld.so-1.7.0\0".getBytes(StandardCharsets.US_ASCII));
    both.writeBytes(number(3));
    both.writeBytes(new byte[3 * 12]);
    both.writeBytes(new byte[4]);
    both.writeBytes(alone);
    assertEquals(expected, LoaderCache.parse(both.toByteArray()));
  }

  @Test
  void looksIntoDirectoriesWhereTheCacheIsDamaged() throws Exception {
    byte[] whole = cache("/lib/libmimalloc.so.2");
    Path library = Files.createFile(directory.toRealPath().resolve("libmimalloc.so.3"));
    for (int length : List.of(0, 19, 21, 50, 75, whole.length - 1)) {
      Path damaged = Files.write(directory.resolve("cache"), Arrays.copyOf(whole, length));
      assertEquals(
          List.of(library), LoaderCache.of(damaged, List.of(directory)).find("libmimalloc"));
    }
  }

  @Test
  void findsTheNewestFirstAndEachFileOnce() throws Exception {
    Path base = directory.toRealPath();
    Files.createFile(base.resolve("libjemalloc.so.2"));
    Files.createSymbolicLink(base.resolve("libjemalloc.so"), Path.of("libjemalloc.so.2"));
    Files.createFile(base.resolve("libjemalloc.so.10.1"));
    Files.createSymbolicLink(base.resolve("libjemalloc.so.10"), Path.of("libjemalloc.so.10.1"));
    Files.createFile(base.resolve("libjemalloc.so.1"));
    Files.createFile(base.resolve("libjemalloc_pic.so.3"));
    Files.createSymbolicLink(base.resolve("libjemalloc.so.99"), Path.of("gone"));
    assertEquals(
        List.of("libjemalloc.so.10", "libjemalloc.so.2", "libjemalloc.so.1"),
        LoaderCache.of(base.resolve("none"), List.of(base)).find("libjemalloc").stream()
            .map(path -> path.getFileName().toString())
            .toList());
  }

  private static byte[] cache(String... paths) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream strings = new ByteArrayOutputStream();
    out.writeBytes("glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(number(paths.length));
    out.writeBytes(new byte[48 - 24]);
    for (String path : paths) {
      out.writeBytes(number(0x303));
      out.writeBytes(number(0));
      out.writeBytes(number(48 + 24 * paths.length + strings.size()));
      out.writeBytes(new byte[12]);
      strings.writeBytes((path + "\0").getBytes(StandardCharsets.US_ASCII));
    }
    out.writeBytes(strings.toByteArray());
    return out.toByteArray();
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
  }
}
