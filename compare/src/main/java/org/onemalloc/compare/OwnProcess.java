package org.onemalloc.compare;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What /proc/self tells that Java hides: the raw arguments, and which descriptors are open. */
final class OwnProcess {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private OwnProcess() {}

  /** The last arguments of this process, as bytes: decoding them would lose invalid text. */
  static List<byte[]> lastArguments(int count) {
    try {
      List<byte[]> all = Environ.split(Files.readAllBytes(Path.of("/proc/self/cmdline")));
      return all.subList(all.size() - count, all.size());
    } catch (IOException e) {
      throw new UncheckedIOException("this process's arguments cannot be read", e);
    }
  }

  /**
   * The descriptors that this JVM opened for itself: files of its image and of its class path. All
   * others were inherited and belong to whoever started it.
   */
  static List<Integer> descriptorsOfJava() {
    List<String> own = new ArrayList<>();
    own.add(System.getProperty("java.home"));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path file = Path.of(entry).toAbsolutePath();
      own.add((Files.isDirectory(file) ? file : file.getParent()).toString());
    }
    return descriptors(target -> own.stream().anyMatch(target::startsWith));
  }

  /** Every descriptor but the standard three. */
  static List<Integer> descriptors() {
    return descriptors(target -> true);
  }

  private static List<Integer> descriptors(java.util.function.Predicate<String> wanted) {
    List<Integer> found = new ArrayList<>();
    try (DirectoryStream<Path> links = Files.newDirectoryStream(DESCRIPTORS)) {
      for (Path link : links) {
        int descriptor = Integer.parseInt(link.getFileName().toString());
        if (descriptor > 2 && wanted.test(target(link))) {
          found.add(descriptor);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("this process's descriptors cannot be read", e);
    }
    return found;
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "";
    }
  }
}
