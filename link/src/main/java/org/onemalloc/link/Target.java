package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.onemalloc.allocators.JavaImage;
import org.onemalloc.objectfile.elf.ElfPrograms;
import org.onemalloc.text.Attributes;

/**
 * A target of a link, and the paths of its parts. All paths are real and absolute.
 *
 * @param root the directory or the program, as the user named it
 * @param name the name under which the record and the original of a program are kept: its file name
 *     when it was linked, even if it was renamed since; empty for an image
 * @param runtime the directory to which {@code java.home} will be set; empty for a single program
 * @param home the directory of the allocator: {@code lib/onemalloc} of the runtime; for a program
 *     that is linked already, the directory where the loader finds the allocator
 * @param programs the programs to change, sorted
 * @param lookup the JDK's {@code libsyslookup.so}, in which the default lookup of the Foreign
 *     Function and Memory API finds malloc and free (JDK 16 and newer)
 * @param absolute whether every file is to name the allocator by its absolute path
 */
record Target(
    Path root,
    String name,
    Optional<Path> runtime,
    Path home,
    List<Path> programs,
    Optional<Path> lookup,
    boolean absolute) {
  /** The end of the name of a program's record. */
  static final String CHOICE = ".choice.properties";

  /**
   * Finds the target at a path.
   *
   * @throws LinkException if it is neither a Java image nor a program
   */
  static Target of(Path path) {
    try {
      Path root = nameable(path.toRealPath());
      return Files.isDirectory(root) ? image(root) : program(root);
    } catch (IOException e) {
      throw LinkException.unusable(
          "%s cannot be read (%s): give a Java image or a program.".formatted(path, said(e)), e);
    }
  }

  private static Target image(Path root) throws IOException {
    JavaImage image =
        JavaImage.at(root)
            .orElseThrow(
                () ->
                    LinkException.unusable(
                        root
                            + " is not a Java image: there is no libjvm.so in lib or lib/runtime/lib."
                            + " Give the directory of a JDK, a JRE (Java 9 or newer), a jlink image"
                            + " or a jpackage application."));
    Path runtime = image.home();
    List<Path> programs = new ArrayList<>(programsIn(root.resolve("bin")));
    if (!runtime.equals(root)) {
      programs.addAll(programsIn(runtime.resolve("bin")));
    }
    if (programs.isEmpty()) {
      throw LinkException.unusable(
          root + "/bin has no program that a loader starts: a Java image of Linux is needed.");
    }
    return new Target(
        root,
        "",
        Optional.of(runtime),
        runtime.resolve("lib/onemalloc"),
        List.copyOf(programs),
        image.lookupLibrary(),
        false);
  }

  private static List<Path> programsIn(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS))
          .filter(f -> !f.getFileName().toString().startsWith("."))
          .filter(Target::isDynamicProgram)
          .map(Target::nameable)
          .sorted()
          .toList();
    }
  }

  /** Refuses a name that is not UTF-8, because the record would hold a different name. */
  private static Path nameable(Path program) {
    if (program.toString().indexOf('\ufffd') >= 0) {
      throw LinkException.unusable(
          "%s is not a name in UTF-8: give the file another name.".formatted(program));
    }
    return program;
  }

  private static boolean isDynamicProgram(Path path) {
    try {
      return ElfPrograms.isDynamic(path);
    } catch (IOException e) {
      return false;
    }
  }

  static Target program(Path file) {
    Path directory = file.getParent();
    Path prefix = directory.getParent();
    if (prefix != null && JavaImage.isHome(prefix)) {
      throw LinkException.unusable(
          "%s is the launcher of a Java image, and the libraries of the image must be linked with it: use onemalloc link %s."
              .formatted(file, prefix));
    }
    String place = directory.getFileName() == null ? "" : directory.getFileName().toString();
    boolean inBin = prefix != null && (place.equals("bin") || place.equals("sbin"));
    Path usual = (inBin ? prefix : directory).resolve("lib/onemalloc");
    Optional<Path> named = Naming.libraryOf(file).map(Path::getParent);
    // A program that names its allocator by an absolute path may have been moved, with its home.
    boolean moved =
        Naming.isAbsolute(file) && !Files.isDirectory(named.get()) && Files.isDirectory(usual);
    Path home = moved ? usual : named.orElse(usual);
    Target found =
        new Target(
            file,
            file.getFileName().toString(),
            Optional.empty(),
            home,
            List.of(file),
            Optional.empty(),
            false);
    return new Target(
        file,
        OtherUsers.nameOf(found),
        Optional.empty(),
        home,
        List.of(file),
        Optional.empty(),
        false);
  }

  /** Returns the same target, whose files name the allocator by its absolute path. */
  Target naming(boolean byPath) {
    return new Target(root, name, runtime, home, programs, lookup, byPath);
  }

  /** Returns the directory below which all files are written. */
  Path base() {
    return isImage() ? root : home.getParent().getParent();
  }

  /** Returns the file that a name in a record stands for. */
  Path fileOf(String name) {
    if (!isImage()) {
      return root;
    }
    Path file = root.resolve(name).normalize();
    if (!file.startsWith(root) || file.equals(root)) {
      throw LinkException.unusable(
          "The record %s names %s, which is outside the image: it was not written by onemalloc."
              .formatted(record(), name));
    }
    return file;
  }

  /** Returns the files to change; the library for lookups is the last. */
  List<Path> files() {
    List<Path> files = new ArrayList<>(programs);
    lookup.ifPresent(files::add);
    return files;
  }

  /**
   * Returns whether a program has file capabilities. The loader may not expand {@code $ORIGIN} in
   * the process of such a program (ld.so(8)).
   */
  boolean hasCapabilities() {
    return programs.stream().anyMatch(Attributes::hasCapabilities);
  }

  /**
   * Returns whether the loader may give a program more rights than whoever starts it has, and
   * expand no {@code $ORIGIN} in it.
   */
  boolean isForSecureExecution() {
    return absolute || hasCapabilities();
  }

  /**
   * Returns whether a file must name its library by an absolute path. Every program may load {@code
   * libsyslookup.so}, so for that file one program with capabilities is enough.
   */
  boolean needsAbsolute(Path file) {
    return absolute
        || (programs.contains(file) ? Attributes.hasCapabilities(file) : hasCapabilities());
  }

  /** Returns the Java image; empty for a single program. */
  Optional<JavaImage> image() throws IOException {
    return isImage() ? JavaImage.at(root) : Optional.empty();
  }

  boolean isImage() {
    return runtime.isPresent();
  }

  /**
   * Returns whether this is a JDK whose jlink takes the JDK's own files, because there are no jmods
   * (JEP 493).
   */
  boolean makesImagesOfItself() {
    return runtime.isPresent()
        && Files.exists(runtime.get().resolve("bin/jlink"))
        && !Files.isDirectory(runtime.get().resolve("jmods"));
  }

  /**
   * Returns the name of a file in records and messages: its path below the root, or the name of a
   * single program.
   */
  String nameOf(Path file) {
    return isImage() ? root.relativize(file).toString() : name;
  }

  /** Returns the path of the record of the choice. */
  Path record() {
    return home.resolve(isImage() ? "choice.properties" : name + CHOICE);
  }

  /** Returns the path of the record while a link is being made or undone. */
  Path pending() {
    return home.resolve(isImage() ? "pending.properties" : name + ".pending.properties");
  }

  /** Returns the directory in which the original files are kept. */
  Path originals() {
    return home.resolve("originals");
  }

  Path originalOf(Path file) {
    return originals().resolve(nameOf(file));
  }

  /** Returns the final path of a file with an unfinished name, or the path itself. */
  static Path withoutUnfinished(Path file) {
    String name = file.getFileName().toString();
    boolean unfinished = name.startsWith(".") && name.endsWith(SafeFiles.UNFINISHED);
    return unfinished
        ? file.resolveSibling(name.substring(1, name.length() - SafeFiles.UNFINISHED.length()))
        : file;
  }

  static String said(IOException e) {
    String reason = e instanceof java.nio.file.FileSystemException f ? f.getReason() : null;
    return reason == null ? e.getClass().getSimpleName() : reason;
  }
}
