package org.onemalloc.inspect.archive;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
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

  /** Far longer than javac makes one. */
  private static final int LONGEST_CLASS = 16 << 20;

  private final Consumer<NativeFile> found;
  private final Consumer<JavaClass> classes;
  private final Consumer<String> notes;

  private NativeFiles(
      Consumer<NativeFile> found, Consumer<JavaClass> classes, Consumer<String> notes) {
    this.found = found;
    this.classes = classes;
    this.notes = notes;
  }

  /**
   * As {@link #walk(Path, Consumer, Consumer, Consumer)}, without the classes.
   *
   * @param path where to look
   * @param found called with each native file
   * @param notes called with a sentence on each part that could not be looked at
   * @throws IOException if {@code path} itself cannot be read
   */
  public static void walk(Path path, Consumer<NativeFile> found, Consumer<String> notes)
      throws IOException {
    walk(path, found, java -> {}, notes);
  }

  /**
   * Finds every native file: the path itself, or all in the directory, or all in the archive,
   * archives inside included; of a static library its ELF objects. Symbolic links below the path
   * are not followed. Java sources are not looked at, nor what is packed in another way than as a
   * zip file (tar, gzip).
   *
   * @param path a file, a directory, a jar, zip or jmod file, or a static library
   * @param found called with each one on this thread: files by their paths in order, those of an
   *     archive as they stand in it
   * @param classes called in the same way with what is named as a Java class
   * @param notes called with a sentence on each part that could not be looked at
   * @throws ObjectFileException if {@code path} is neither a directory nor a regular file
   * @throws IOException if {@code path} itself cannot be read
   */
  public static void walk(
      Path path, Consumer<NativeFile> found, Consumer<JavaClass> classes, Consumer<String> notes)
      throws IOException {
    NativeFiles walk = new NativeFiles(found, classes, notes);
    if (Files.isDirectory(path)) {
      walk.directory(Files.isSymbolicLink(path) ? path.toRealPath() : path);
    } else if (Files.isRegularFile(path) || Files.notExists(path)) {
      if (!walk.file(path)) {
        notes.accept(path + " is neither a native file, nor a static library, nor a zip archive.");
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
      if (!isNameable(file)) {
        notes.accept(
            "Not inspected: "
                + file
                + ", because this locale has no name for it: set LC_ALL=C.UTF-8.");
        continue;
      }
      try {
        var _ = file(file);
      } catch (IOException e) {
        notes.accept(file + " cannot be read.");
      }
    }
  }

  /** Whether its name, which is bytes, leads back to it when it is text. */
  private static boolean isNameable(Path file) {
    try {
      return Path.of(file.toString()).equals(file);
    } catch (InvalidPathException e) {
      return false;
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
      } else if (StaticLibrary.isLibrary(start)) {
        library(bytes, path.toString());
      } else if (isClass(path.toString()) && bytes.size() <= LONGEST_CLASS) {
        classes.accept(new JavaClass(path.toString(), () -> read(path)));
      } else {
        return false;
      }
      return true;
    }
  }

  private static byte[] read(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path)) {
      RandomBytes bytes = RandomBytes.of(path, channel);
      return bytes.read(0, bytes.size());
    }
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
      } else if (isClass(entry.name())) {
        if (entry.size() <= LONGEST_CLASS) {
          classes.accept(new JavaClass(archive.pathOf(entry), () -> archive.unpack(entry)));
        }
      } else if (entry.size() >= 8 && !entry.name().endsWith(".java")) {
        entry(archive, entry, depth);
      }
    }
    if (unreadable > 0) {
      notes.accept(
          "%s has %d entries that are encrypted or packed in a way that is not read."
              .formatted(name, unreadable));
    }
  }

  private static boolean isClass(String name) {
    return name.endsWith(".class");
  }

  private void entry(ZipArchive archive, ZipEntries.Entry entry, int depth) throws IOException {
    String path = archive.pathOf(entry);
    byte[] start;
    Optional<NativeFormat> format;
    Optional<ZipArchive> inner = Optional.empty();
    Optional<RandomBytes> library = Optional.empty();
    try {
      start = archive.start(entry, Magic.LENGTH);
      format = Magic.format(start);
      if (format.isEmpty() && Magic.isArchive(start)) {
        if (depth == MAX_DEPTH) {
          throw new ObjectFileException(
              path + " is not opened: it is nested too deep in other archives.");
        }
        inner = Optional.of(archive.open(entry));
      } else if (StaticLibrary.isLibrary(start)) {
        library = Optional.of(archive.content(entry));
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
    } else if (library.isPresent()) {
      library(library.get(), path);
    }
  }

  private void library(RandomBytes bytes, String name) throws IOException {
    int others = 0;
    List<StaticLibrary.Member> members;
    try {
      members = StaticLibrary.members(bytes, name);
    } catch (ObjectFileException e) {
      notes.accept(e.getMessage());
      return;
    }
    for (StaticLibrary.Member member : members) {
      RandomBytes content = member.content();
      byte[] start = content.read(0, Magic.LENGTH);
      if (Magic.format(start).equals(Optional.of(NativeFormat.ELF))) {
        String path = name + "!/" + member.name();
        NativeFile.Content whole = () -> content.read(0, content.size());
        found.accept(new NativeFile(path, NativeFormat.ELF, content.size(), start, whole));
      } else {
        others++;
      }
    }
    if (others > 0) {
      notes.accept("%s has %d members that are not ELF objects.".formatted(name, others));
    }
  }
}
