package org.onemalloc.text;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * An existing file that a new one is to replace. The new file has the same owner, group, mode,
 * access control list and other extended attributes: whoever could read and write the old file can
 * read and write the new one, and nobody else.
 *
 * @param file the file; a path without links
 * @param kept whether no other user can exchange a part of the path. Attributes are given to files
 *     by their paths, so another user could otherwise have those of one file given to another.
 */
record Replaced(Path file, boolean kept) {
  static Replaced of(Path file) throws IOException {
    return new Replaced(
        file, Owners.withOwnGroup().exchangeable(file.getParent().toAbsolutePath()).isEmpty());
  }

  /**
   * Creates the new file.
   *
   * @param folder the directory of the file
   * @param name the name of the new file
   * @return the open new file, which is empty
   * @throws IOException if this user cannot make such a file; there is none then
   */
  FileChannel create(Folder folder, Path name) throws IOException {
    Path made = file.resolveSibling(name);
    FileChannel channel =
        kept
            ? folder.createPrivate(name)
            : folder.create(name, Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS));
    try {
      if (kept) {
        Attributes.copy(file, made);
      } else if (!Attributes.areEqual(file, made)) {
        throw new IOException("a new file would not have its owner, group and permissions");
      }
      return channel;
    } catch (IOException e) {
      try (channel) {
        folder.deleteIfExists(name);
      }
      throw e;
    }
  }

  /**
   * Returns whether this user can make a file with the same attributes and rename it over this one.
   *
   * @param folder the directory of the file
   * @param name a name that no file has
   */
  boolean isReplaceable(Folder folder, Path name) {
    if (OwnPlace.isMountPoint(file)) {
      return false;
    }
    try {
      create(folder, name).close();
      folder.deleteIfExists(name);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
