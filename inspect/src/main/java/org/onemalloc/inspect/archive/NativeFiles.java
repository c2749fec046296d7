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
  /** The most archives around an item: an application's, the jars in it, the archives in those. */
  private static final int MAX_DEPTH = 4;

  /** A limit far above any class that javac makes. */
  private static final int LONGEST_CLASS = 16 << 20;

  /** The size of the shortest magic number, in bytes: shorter entries are not opened. */
  private static final int SHORTEST = 8;

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
   * Finds native files as {@link #walk(Path, Consumer, Consumer, Consumer)} does, without classes.
   *
   * @param path a file, a directory, a jar, zip or jmod file, or a static library
   * @param found receives each native file
   * @param notes receives a sentence for each part that could not be examined
   * @throws IOException if {@code path} itself cannot be read
   */
  public static void walk(Path path, Consumer<NativeFile> found, Consumer<String> notes)
      throws IOException {
    walk(path, found, java -> {}, notes);
  }

  /**
   * Finds every native file: the path itself, or all files of the directory or archive, nested
   * archives included; of a static library its ELF objects. Symbolic links below the path are not
   * followed. Java sources are skipped, and so are archives other than zip files (tar, gzip).
   *
   * @param path a file, a directory, a jar, zip or jmod file, or a static library
   * @param found receives each native file, on the calling thread: files in the order of their
   *     paths, entries in the order of their archive
   * @param classes receives each Java class, recognised by its name, in the same way
   * @param notes receives a sentence for each part that could not be examined
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

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException e)
              throws IOException {
            return e == null ? FileVisitResult.CONTINUE : visitFileFailed(directory, e);
          }
        });
    files.sort(null);
    for (Path file : files) {
      if (!isNameable(file)) {
        notes.accept("Not inspected: " + file + ", because " + whyNotNameable() + ".");
        continue;
      }
      try {
        var _ = file(file);
      } catch (IOException e) {
        notes.accept(file + " cannot be read.");
      }
    }
  }

  private static String whyNotNameable() {
    return System.getProperty("sun.jnu.encoding", "").equals("UTF-8")
        ? "its name is not in UTF-8: rename the file, or make a link to it"
        : "this locale cannot represent its name: set LC_ALL=C.UTF-8";
  }

  /** Returns whether its name, which is bytes, is the same after it was converted to text. */
  private static boolean isNameable(Path file) {
    try {
      return Path.of(file.toString()).equals(file);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private boolean file(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path)) {
      Optional<Visit> visit = recognise(new Item.OnDisk(path, RandomBytes.of(path, channel)), 0);
      if (visit.isPresent()) {
        visit.get().run();
      }
      return visit.isPresent();
    }
  }

  /** The visit of an item that was recognised: its delivery, or a walk through what it contains. */
  @FunctionalInterface
  private interface Visit {
    void run() throws IOException;
  }

  /**
   * Recognises an item.
   *
   * @param depth the number of archives around it
   * @return the visit; empty if it is not a native file, an archive, a static library or a class
   * @throws ObjectFileException if it is damaged
   */
  private Optional<Visit> recognise(Item item, int depth) throws IOException {
    String name = item.name();
    if (isClass(name) && depth > 0) {
      return javaClass(item); // by its name only: the start of each class would be inflated
    }
    byte[] start = item.start();
    Optional<NativeFormat> format = Magic.format(start);
    if (format.isPresent()) {
      NativeFile file = new NativeFile(name, format.get(), item.size(), start, item::whole);
      return Optional.of(() -> found.accept(file));
    }
    if (Magic.isArchive(start)) {
      if (depth == MAX_DEPTH) {
        throw new ObjectFileException(
            name + " is not opened: it is nested too deep in other archives.");
      }
      ZipArchive archive = item.archive();
      return Optional.of(() -> archive(archive, name, depth + 1));
    }
    if (StaticLibrary.isLibrary(start)) {
      RandomBytes library = item.content();
      return Optional.of(() -> library(library, name));
    }
    return isClass(name) ? javaClass(item) : Optional.empty();
  }

  private static boolean isClass(String name) {
    return name.endsWith(".class");
  }

  private Optional<Visit> javaClass(Item item) throws IOException {
    return item.size() > LONGEST_CLASS
        ? Optional.empty()
        : Optional.of(() -> classes.accept(new JavaClass(item.name(), item::whole)));
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
      } else if (entry.size() >= SHORTEST && !entry.name().endsWith(".java")) {
        visit(new Item.InArchive(archive, entry), depth);
      }
    }
    if (unreadable > 0) {
      notes.accept(
          "%s has %d entries that are encrypted or compressed by an unknown method."
              .formatted(name, unreadable));
    }
  }

  private void visit(Item item, int depth) throws IOException {
    Optional<Visit> visit;
    try {
      visit = recognise(item, depth);
    } catch (ObjectFileException e) {
      notes.accept(e.getMessage());
      return;
    }
    if (visit.isPresent()) {
      visit.get().run();
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
