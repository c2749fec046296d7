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
 * The two files of one run: the output of the program, and the phases that it marks.
 *
 * <p>Both are opened before the run and read only through the open channels. The program may remove
 * them, replace them by a pipe without a writer, or empty their directory.
 */
final class RunFiles implements AutoCloseable {
  private static final int OUTPUT_BYTES = 1 << 20;

  /** The limit for phases. A program that writes more does not use the file for phases. */
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
   * Creates the files of the next run.
   *
   * @param directory the directory; it is created again if the program of the previous run removed
   *     it
   * @throws IOException if the directory cannot be written; the message names it
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

  /** Returns whether the directory belongs to this user. Another user may have created it again. */
  private static boolean isOurs(Path directory) throws IOException {
    return Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
        && Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS)
            .equals(Files.getOwner(Path.of("/proc/self")));
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
  }

  /** Returns the file for the program's standard output and error. */
  Path output() {
    return output;
  }

  /** Returns the value of {@code ONEMALLOC_PHASES}. */
  Path phases() {
    return phases;
  }

  /**
   * Returns the last part of the output, which is long enough for an error message and for the
   * allocator's statistics.
   */
  String lastOutput() {
    try {
      long size = outputs.size();
      int length = (int) Math.min(size, OUTPUT_BYTES);
      return text(outputs, size - length, length);
    } catch (IOException e) {
      return "(what it printed cannot be read: " + e.getMessage() + ")";
    }
  }

  /**
   * Returns the phases marked since the last call. A file that became shorter is read from its
   * start.
   */
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

  /** Returns the phases marked since the last call, including a last one without an end of line. */
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
      // The program has changed the directory; the watchdog removes the rest.
    }
  }
}
