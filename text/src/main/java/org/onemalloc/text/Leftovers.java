package org.onemalloc.text;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Removes temporary files of this user whose process was killed before it could remove them. The
 * name of each file contains the id of its process.
 *
 * <p>Another user may have put anything under such a name. So a file is removed only if it belongs
 * to this user and still has the mode with which {@link TemporaryFiles} makes it: nobody else can
 * have entered, moved or filled such a directory.
 */
final class Leftovers {
  /** Containers may share the directory, and see none of each other's processes. */
  private static final Duration AGE = Duration.ofDays(1);

  private static final String NAMES = "onemalloc*-p[0-9]*-*";
  private static final Pattern NAME = Pattern.compile("onemalloc[a-z-]*-p([0-9]{1,18})-.*");

  private Leftovers() {}

  /** Returns the start of a file name, with the id of this process. */
  static String marked(String prefix) {
    return prefix + (prefix.endsWith("-") ? "p" : "-p") + ProcessHandle.current().pid() + "-";
  }

  /**
   * Removes what is left in a directory. A failure is ignored: the next sweep tries again. If the
   * system has no directory descriptors, everything is left.
   */
  static void sweep(Path directory) {
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, NAMES)) {
      if (found instanceof SecureDirectoryStream<Path> held) {
        for (Path path : held) {
          if (isLeft(path)) {
            remove(held, path.getFileName());
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      // Another sweep was faster, or a file cannot be removed.
    }
  }

  private static boolean isLeft(Path path) throws IOException {
    Matcher name = NAME.matcher(path.getFileName().toString());
    Entry entry = Entry.of(path);
    return name.matches()
        && entry != null
        && entry.user() == OwnPlace.thisUser()
        && Owners.isKnown(entry.user())
        && entry.isPrivate()
        && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()
        && Files.getLastModifiedTime(path).toInstant().isBefore(Instant.now().minus(AGE));
  }

  /** Removes a file, or a directory with its content, through descriptors. No link is followed. */
  private static void remove(SecureDirectoryStream<Path> parent, Path name) throws IOException {
    BasicFileAttributeView view =
        parent.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (!view.readAttributes().isDirectory()) {
      parent.deleteFile(name);
      return;
    }
    try (SecureDirectoryStream<Path> held =
        parent.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
      for (Path path : held) {
        remove(held, path.getFileName());
      }
    }
    parent.deleteDirectory(name);
  }
}
