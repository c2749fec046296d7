package org.onemalloc.compare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The two files of one run: what the program prints, and the phases that it marks.
 *
 * <p>Both are open from before the run, and only these open files are read: the program may remove
 * them, replace them by a pipe that nobody writes to, or empty the directory that they lie in.
 */
final class RunFiles implements AutoCloseable {
  private static final int OUTPUT_BYTES = 1 << 20;

  /** A program that writes more than this has taken the file for something else. */
  private static final int MOST_PHASE_BYTES = 1 << 16;

  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Path output;
  private final Path phases;
  private final FileChannel outputs;
  private final FileChannel marks;
  private long read;
  private long total;
  private String unfinished = "";

  private RunFiles(Path output, Path phases) throws IOException {
    this.output = output;
    this.phases = phases;
    this.outputs = open(output);
    this.marks = open(phases);
  }

  /**
   * Makes the files of the next run.
   *
   * @param directory where; it is made anew if the program of the run before removed it
   * @throws IOException if it cannot be written, named in the message
   */
  static RunFiles in(Path directory) throws IOException {
    if (!isOurs(directory)) {
      Files.createDirectories(directory.getParent());
      Files.createDirectory(directory, PRIVATE);
    }
    return new RunFiles(
        Files.createTempFile(directory, "output-", ""),
        Files.createTempFile(directory, "phases-", ""));
  }

  /** A directory that came back under its name may be anybody's. */
  private static boolean isOurs(Path directory) throws IOException {
    return Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
        && Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS)
            .equals(Files.getOwner(Path.of("/proc/self")));
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
  }

  /** Where the program's standard output and error go. */
  Path output() {
    return output;
  }

  /** The value of {@code ONEMALLOC_PHASES}. */
  Path phases() {
    return phases;
  }

  /** The last part of what the run printed: enough for the last lines and for an account. */
  String lastOutput() {
    try {
      long size = outputs.size();
      int length = (int) Math.min(size, OUTPUT_BYTES);
      return text(outputs, size - length, length);
    } catch (IOException e) {
      return "(what it printed cannot be read: " + e.getMessage() + ")";
    }
  }

  /** The phases marked since the last call. A file that got shorter was written anew. */
  List<String> newPhases() {
    List<String> names = new ArrayList<>();
    try {
      long size = marks.size();
      if (size < read) {
        read = 0;
        unfinished = "";
      }
      int length = (int) Math.min(size - read, MOST_PHASE_BYTES - total);
      if (length <= 0) {
        return names;
      }
      String text = unfinished + text(marks, read, length);
      read += length;
      total += length;
      int end = text.lastIndexOf('\n') + 1;
      unfinished = text.substring(end);
      text.substring(0, end).lines().map(String::strip).forEach(names::add);
    } catch (IOException e) {
      return names;
    }
    return names;
  }

  /** The last phase, if it was marked without the end of its line. */
  List<String> lastPhase() {
    List<String> names = newPhases();
    if (!unfinished.isBlank()) {
      names.add(unfinished.strip());
      unfinished = "";
    }
    return names;
  }

  private static String text(FileChannel channel, long from, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && channel.read(bytes, from + bytes.position()) >= 0) {}
    return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    try (outputs;
        marks) {
      Files.deleteIfExists(output);
      Files.deleteIfExists(phases);
    } catch (IOException e) {
      // The program has changed the directory; the watchdog removes what is left of it.
    }
  }
}
