package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The files besides a target that need the libraries of its home: a linked program under another
 * name, because it was renamed, copied or hard-linked after the link.
 *
 * <p>Such a file finds the libraries only from the directory above the home's {@code lib}, or from
 * one directly below that, such as {@code bin} and {@code libexec}. These are searched, on the same
 * file system.
 */
final class OtherUsers {
  private final Target target;

  OtherUsers(Target target) {
    this.target = target;
  }

  /** Returns the files that need the libraries of the home and have no record of their own. */
  List<Path> find(Set<Path> except) throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path directory : directories()) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
        for (Path file : files) {
          if (!except.contains(file) && isProgram(file) && !hasRecord(file)) {
            found.add(file);
          }
        }
      }
    }
    return found;
  }

  private List<Path> directories() throws IOException {
    Path base = target.home().getParent().getParent();
    Object device = Files.getAttribute(base, "unix:dev");
    List<Path> directories = new ArrayList<>(List.of(base));
    try (DirectoryStream<Path> below = Files.newDirectoryStream(base)) {
      for (Path directory : below) {
        if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
            && Files.isReadable(directory)
            && Files.getAttribute(directory, "unix:dev").equals(device)) {
          directories.add(directory);
        }
      }
    }
    return directories;
  }

  private boolean isProgram(Path file) {
    String name = file.getFileName().toString();
    boolean unfinished = name.endsWith(SafeFiles.UNFINISHED) || name.endsWith(StartProof.COPY);
    return !unfinished
        && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && Naming.needs(file, target.home());
  }

  private boolean hasRecord(Path file) {
    return !target.isImage()
        && Files.exists(target.home().resolve(file.getFileName() + Target.CHOICE));
  }

  /** Returns the number of names of a file that are not among the given files. */
  static int otherNames(Path file, List<Path> known) throws IOException {
    if (!Files.exists(file)) {
      return 0;
    }
    int names = (int) Files.getAttribute(file, "unix:nlink") - 1;
    for (Path other : known) {
      names -= Files.isSameFile(other, file) ? 1 : 0;
    }
    return names;
  }

  /**
   * Returns the name under which a program was linked, by its digest in the records of the home: if
   * it was renamed, another than its own.
   */
  static String nameOf(Target program) {
    String own = program.name();
    try {
      if (Files.exists(program.record()) || Naming.libraryOf(program.root()).isEmpty()) {
        return own;
      }
      String digest = SafeFiles.sha256(program.root());
      for (Path file : OwnFiles.records(program)) {
        String name = file.getFileName().toString();
        if (name.endsWith(Target.CHOICE)) {
          name = name.substring(0, name.length() - Target.CHOICE.length());
          Optional<ChoiceRecord> record = ChoiceRecord.read(file);
          if (record.isPresent() && isOf(program, record.get(), name, digest)) {
            return name;
          }
        }
      }
      return own;
    } catch (IOException | LinkException e) {
      return own; // what is done with the program reports the error
    }
  }

  /** Returns whether a record is that of a program which no longer has the name in the record. */
  private static boolean isOf(Target program, ChoiceRecord record, String name, String digest)
      throws IOException {
    String place = record.get(ChoiceRecord.PROGRAM);
    Path recorded = program.home().resolve(place).normalize();
    return record.get("linked." + name).equals(digest)
        && !place.isEmpty()
        && (Files.isSymbolicLink(recorded) || !SafeFiles.sha256(recorded).equals(digest));
  }
}
