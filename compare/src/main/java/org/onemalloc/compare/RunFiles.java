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
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.compare.server.LoadSession;
import org.onemalloc.text.Owners;

/**
 * The files of one run: the output of the program, the phases that it marks, and for a server the
 * output of its load and the figures that the load writes.
 *
 * <p>All are opened before the run and read only through the open channels. The program may remove
 * them, replace them by a pipe without a writer, or empty their directory.
 */
final class RunFiles implements AutoCloseable {
  private static final int OUTPUT_BYTES = 1 << 20;

  /** The limit for phases. A program that writes more does not use the file for phases. */
  private static final int MOST_PHASE_BYTES = 1 << 16;

  /** Below this number of free bytes, a file system counts as full. */
  private static final long LEAST_ROOM = 1 << 16;

  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final OwnFile output;
  private final OwnFile phases;
  private final OwnFile before;
  private final OwnFile load;
  private final OwnFile figures;
  private long loadBegun;
  private long figuresBegun;
  private long read;
  private long total;
  private String unfinished = "";
  private long outputRead;
  private String unfinishedOutput = "";

  /** A file that was opened when it was created. */
  private record OwnFile(Path path, FileChannel channel) {
    static OwnFile in(Path directory, String prefix) throws IOException {
      Path file = Files.createTempFile(directory, prefix, "");
      return new OwnFile(
          file, FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
    }

    String text(long from, int length) throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate(length);
      while (bytes.hasRemaining() && channel.read(bytes, from + bytes.position()) >= 0) {}
      return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }

    /** Returns the end of what stands after a position. */
    String last(long from) {
      try {
        long size = channel.size();
        int length = (int) Math.min(Math.max(0, size - from), OUTPUT_BYTES);
        return text(size - length, length);
      } catch (IOException e) {
        return "(what it printed cannot be read: " + e.getMessage() + ")";
      }
    }

    void copyTo(Path target) throws IOException {
      try (FileChannel out =
          FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        long size = channel.size();
        for (long done = 0; done < size; ) {
          done += channel.transferTo(done, size - done, out);
        }
      }
    }
  }

  private RunFiles(OwnFile output, OwnFile phases, OwnFile before, OwnFile load, OwnFile figures) {
    this.output = output;
    this.phases = phases;
    this.before = before;
    this.load = load;
    this.figures = figures;
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
      Files.createDirectories(directory.getParent(), PRIVATE);
      Files.createDirectory(directory, PRIVATE);
    }
    return new RunFiles(
        OwnFile.in(directory, "output-"),
        OwnFile.in(directory, "phases-"),
        OwnFile.in(directory, "before-"),
        OwnFile.in(directory, "load-"),
        OwnFile.in(directory, "figures-"));
  }

  /**
   * Returns whether nobody else can write the directory. Another user may have created it again.
   */
  private static boolean isOurs(Path directory) throws IOException {
    return Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
        && Owners.ofThisProcess().writable(directory).isEmpty();
  }

  /** Returns the file for the program's standard output and error. */
  Path output() {
    return output.path();
  }

  /** Returns the value of {@code ONEMALLOC_PHASES}. */
  Path phases() {
    return phases.path();
  }

  /** Returns the file for the output of a part of a server's run. */
  Path file(LoadSession.Part part) {
    return of(part).path();
  }

  private OwnFile of(LoadSession.Part part) {
    return part == LoadSession.Part.BEFORE ? before : load;
  }

  /**
   * Returns a sentence if the file system of the files is full, so that the program could not write
   * all that it would have printed.
   */
  Optional<String> noRoom() {
    Path directory = output.path().getParent();
    try {
      return Files.getFileStore(directory).getUsableSpace() < LEAST_ROOM
          ? Optional.of(
              "There is no room left in %s, where the output of the program is kept: set TMPDIR to a directory with more room."
                  .formatted(directory.getParent()))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // the program has removed the directory
    }
  }

  /** Returns the value of {@code ONEMALLOC_FIGURES}. */
  Path figuresFile() {
    return figures.path();
  }

  /**
   * Returns the place of the evidence that the driver of an engine writes. It makes the file
   * itself, and replaces it as a whole.
   */
  Path evidence() {
    return phases.path().resolveSibling(phases.path().getFileName() + ".evidence");
  }

  /**
   * Returns the last part of the output, which is long enough for an error message and for the
   * allocator's statistics.
   */
  String lastOutput() {
    return output.last(0);
  }

  /**
   * Begins a repetition of the load. What earlier ones printed stays in the files.
   *
   * @throws IOException if the files cannot be read
   */
  void beginLoad() throws IOException {
    loadBegun = load.channel().size();
    figuresBegun = figures.channel().size();
  }

  /** Returns the end of what a part of a server's run has printed, in its last repetition. */
  String last(LoadSession.Part part) {
    return of(part).last(part == LoadSession.Part.LOAD ? loadBegun : 0);
  }

  /** Returns the figures that the last repetition of the load has written. */
  String figures() {
    return figures.last(figuresBegun);
  }

  /** Returns the whole lines that were printed since the last call, and at most 1 MB of them. */
  String newOutput() {
    try {
      int length = (int) Math.min(output.channel().size() - outputRead, OUTPUT_BYTES);
      if (length <= 0) {
        return "";
      }
      String text = unfinishedOutput + output.text(outputRead, length);
      outputRead += length;
      int end = text.lastIndexOf('\n') + 1;
      unfinishedOutput = text.substring(Math.max(end, text.length() - OUTPUT_BYTES));
      return text.substring(0, end);
    } catch (IOException e) {
      return "";
    }
  }

  /**
   * Copies what was printed to files that do not exist yet.
   *
   * @param directory the directory
   * @param name the beginning of their names
   * @throws IOException if they cannot be written
   */
  void keep(Path directory, String name) throws IOException {
    output.copyTo(directory.resolve(name + ".log"));
    if (Files.exists(evidence())) {
      Files.copy(evidence(), directory.resolve(name + "-evidence.jsonl"));
    }
    for (LoadSession.Part part : LoadSession.Part.values()) {
      if (of(part).channel().size() > 0) {
        String suffix = "-" + part.name().toLowerCase(Locale.ROOT) + ".log";
        of(part).copyTo(directory.resolve(name + suffix));
      }
    }
  }

  /**
   * Returns the phases marked since the last call. A file that became shorter is read from its
   * start.
   */
  List<String> newPhases() {
    List<String> names = new ArrayList<>();
    try {
      long size = phases.channel().size();
      if (size < read) {
        read = 0;
        unfinished = "";
      }
      int length = (int) Math.min(size - read, MOST_PHASE_BYTES - total);
      if (length <= 0) {
        return names;
      }
      String text = unfinished + phases.text(read, length);
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

  @Override
  public void close() {
    try {
      Files.deleteIfExists(evidence());
    } catch (IOException e) {
      // as below
    }
    for (OwnFile file : List.of(output, phases, before, load, figures)) {
      try (FileChannel _ = file.channel()) {
        Files.deleteIfExists(file.path());
      } catch (IOException e) {
        // The program has changed the directory; the watchdog removes the rest.
      }
    }
  }
}
