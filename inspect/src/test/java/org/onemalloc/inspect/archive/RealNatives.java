package org.onemalloc.inspect.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The natives of the jars that the build fetches; with -Dnightly the large ones too. */
public final class RealNatives {
  private static final Path SMALL = Path.of("target/natives");
  private static final Path LARGE = Path.of("target/large-natives");

  private RealNatives() {}

  /** Calls {@code action} with every one. */
  public static void forEach(Consumer<NativeFile> action) throws IOException {
    List<String> notes = new ArrayList<>();
    NativeFiles.walk(SMALL, action, notes::add);
    if (System.getProperty("nightly") != null) {
      NativeFiles.walk(LARGE, action, notes::add);
    }
    assertEquals(List.of(), notes);
  }

  /** The bytes of the one whose path ends so. */
  public static byte[] bytes(String pathEnd) throws IOException {
    List<byte[]> found = new ArrayList<>();
    NativeFiles.walk(
        SMALL,
        file -> {
          if (file.name().endsWith(pathEnd)) {
            found.add(read(file));
          }
        },
        note -> {});
    assertEquals(1, found.size(), pathEnd);
    return found.getFirst();
  }

  /** Writes those of a format into a directory, under short names that keep their order. */
  public static List<Path> write(Path directory, NativeFormat format) throws IOException {
    List<Path> written = new ArrayList<>();
    forEach(
        file -> {
          if (file.format() == format) {
            try {
              Path to = directory.resolve("%03d".formatted(written.size()));
              written.add(Files.write(to, file.bytes()));
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          }
        });
    return written;
  }

  public static byte[] read(NativeFile file) {
    try {
      return file.bytes();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
