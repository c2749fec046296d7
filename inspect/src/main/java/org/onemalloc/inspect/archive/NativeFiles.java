package org.onemalloc.inspect.archive;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.onemalloc.objectfile.ObjectFileException;

/** Finds native files. */
public final class NativeFiles {
  /** An application's archive, the jars in it, and the archives in those. */
  private static final int MAX_DEPTH = 4;

  private final Consumer<NativeFile> found;
  private final Consumer<String> notes;

  private NativeFiles(Consumer<NativeFile> found, Consumer<String> notes) {
    this.found = found;
    this.notes = notes;
  }

  /**
   * Finds every native file: the path itself, or all in the directory, or all in the archive,
   * archives inside included. Symbolic links below the path are not followed. Entries named as Java
   * classes and sources are not looked at, nor what is packed in another way than as a zip file
   * (tar, gzip).
   *
   * @param path a file, a directory, or a jar, zip or jmod file
   * @param found called with each one on this thread: files by their paths in order, those of an
   *     archive as they stand in it
   * @param notes called with a sentence on each part that could not be looked at
   * @throws ObjectFileException if {@code path} is neither a directory nor a regular file
   * @throws IOException if {@code path} itself cannot be read
   */
  public static void walk(Path path, Consumer<NativeFile> found, Consumer<String> notes)
      throws IOException {
    NativeFiles walk = new NativeFiles(found, notes);
    if (Files.isDirectory(path)) {
      walk.directory(Files.isSymbolicLink(path) ? path.toRealPath() : path);
    } else if (Files.isRegularFile(path) || Files.notExists(path)) {
      if (!walk.file(path)) {
        notes.accept(path + " is neither a native file nor a zip archive.");
      }
    } else {
      throw new ObjectFileException(path + " is neither a regular file nor a directory.");
    }
  }

  private void directory(Path root) throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (file.equals(root)) {
              throw e;
            }
            notes.accept(file + " cannot be read.");
            return FileVisitResult.CONTINUE;
          }
        });
    files.sort(null);
    for (Path file : files) {
      try {
        var _ = file(file);
      } catch (IOException e) {
        notes.accept(file + " cannot be read.");
      }
    }
  }

  /** Whether it is a native file or an archive. */
  private boolean file(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path)) {
      RandomBytes bytes = RandomBytes.of(path, channel);
      byte[] start = bytes.read(0, Magic.LENGTH);
      Optional<NativeFormat> format = Magic.format(start);
      if (format.isPresent()) {
        String name = path.toString();
        found.accept(new NativeFile(name, format.get(), bytes.size(), start, () -> read(path)));
      } else if (Magic.isArchive(start)) {
        String name = path.toString();
        archive(new ZipArchive(bytes, name, ZipArchive.budgetFor(bytes.size())), name, 1);
      } else {
        return false;
      }
      return true;
    }
  }

  private static byte[] read(Path path) throws IOException {
    if (Files.size(path) > Integer.MAX_VALUE - 64) {
      throw new ObjectFileException(path + " has 2 GiB or more, and such files are not read.");
    }
    return Files.readAllBytes(path);
  }

  private void archive(ZipArchive archive, String name, int depth) throws IOException {
    List<ZipEntries.Entry> entries;
    try {
      entries = archive.entries();
    } catch (ObjectFileException e) {
      notes.accept(e.getMessage());
      return;
    }
    int unreadable = 0;
    for (ZipEntries.Entry entry : entries) {
      if (!entry.isReadable()) {
        unreadable++;
      } else if (entry.size() >= 8 && !isJava(entry.name())) {
        entry(archive, entry, depth);
      }
    }
    if (unreadable > 0) {
      notes.accept(
          "%s has %d entries that are encrypted or packed in a way that is not read."
              .formatted(name, unreadable));
    }
  }

  /** Nearly all entries of jars and source archives: not looked at. */
  private static boolean isJava(String name) {
    return name.endsWith(".class") || name.endsWith(".java");
  }

  private void entry(ZipArchive archive, ZipEntries.Entry entry, int depth) throws IOException {
    String path = archive.pathOf(entry);
    byte[] start;
    Optional<NativeFormat> format;
    Optional<ZipArchive> inner = Optional.empty();
    try {
      start = archive.start(entry, Magic.LENGTH);
      format = Magic.format(start);
      if (format.isEmpty() && Magic.isArchive(start)) {
        if (depth == MAX_DEPTH) {
          throw new ObjectFileException(path + " is not opened: it is an archive too deep inside.");
        }
        inner = Optional.of(archive.open(entry));
      }
    } catch (ObjectFileException e) {
      notes.accept(e.getMessage());
      return;
    }
    if (format.isPresent()) {
      found.accept(
          new NativeFile(path, format.get(), entry.size(), start, () -> archive.unpack(entry)));
    } else if (inner.isPresent()) {
      archive(inner.get(), path, depth + 1);
    }
  }
}
