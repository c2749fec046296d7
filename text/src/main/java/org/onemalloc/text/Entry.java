package org.onemalloc.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/**
 * The type, permissions and owners of a directory entry, as lstat(2) returns them.
 *
 * @param mode the bits of inode(7)
 * @param user the user id of the owner
 * @param group the group id
 */
record Entry(int mode, long user, long group) {
  private static final int TYPE = 0170000;
  private static final int LINK = 0120000;
  private static final int DIRECTORY = 0040000;
  private static final int REGULAR = 0100000;
  private static final int PIPE = 0010000;
  private static final int STICKY = 01000;
  private static final int GROUP_WRITES = 0020;
  private static final int OTHERS_WRITE = 0002;

  /** Returns the attributes of an entry; null if there is no such entry. */
  static Entry of(Path path) throws IOException {
    try {
      Map<String, Object> found =
          Files.readAttributes(path, "unix:mode,uid,gid", LinkOption.NOFOLLOW_LINKS);
      // Java returns the ids as signed numbers.
      return new Entry(
          (Integer) found.get("mode"),
          Integer.toUnsignedLong((Integer) found.get("uid")),
          Integer.toUnsignedLong((Integer) found.get("gid")));
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  boolean isLink() {
    return (mode & TYPE) == LINK;
  }

  boolean isDirectory() {
    return (mode & TYPE) == DIRECTORY;
  }

  boolean isRegular() {
    return (mode & TYPE) == REGULAR;
  }

  /** Returns whether the entry is a pipe with a name (fifo(7)). */
  boolean isPipe() {
    return (mode & TYPE) == PIPE;
  }

  /** Returns whether this is a directory of mode 0700 or a regular file of mode 0600. */
  boolean isPrivate() {
    return mode == (DIRECTORY | 0700) || mode == (REGULAR | 0600);
  }

  boolean isSticky() {
    return (mode & STICKY) != 0;
  }

  /**
   * Returns whether users other than the owner may write the file, or create entries in the
   * directory.
   *
   * @param ownGroup a group that only the owner is in; -1 for none
   */
  boolean isWritable(long ownGroup) {
    return !isLink() && ((mode & OTHERS_WRITE) != 0 || (isWritableByGroup() && group != ownGroup));
  }

  /**
   * Returns whether the members of the group may write it; if it has an access control list,
   * whether that lets anybody but the owner write (acl(5), "Correspondence between ACL entries and
   * file permission bits").
   */
  boolean isWritableByGroup() {
    return !isLink() && (mode & GROUP_WRITES) != 0;
  }

  /** Returns whether a directory is for files of several users, as the kernel judges it. */
  boolean isShared() {
    return (mode & OTHERS_WRITE) != 0 || (isSticky() && (mode & GROUP_WRITES) != 0);
  }
}
