package org.onemalloc.link;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.onemalloc.text.Attributes;
import org.onemalloc.text.Owners;
import org.onemalloc.text.Sha256;

/** Writes files such that a file under its final name is always complete. */
final class SafeFiles {
  /** The end of the name of an unfinished file; the name starts with a dot. */
  static final String UNFINISHED = ".onemalloc-new";

  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private SafeFiles() {}

  /** Returns the path under which a file is prepared, in the same directory. */
  static Path beside(Path file) {
    return file.resolveSibling("." + file.getFileName() + UNFINISHED);
  }

  /**
   * Creates a directory and its missing parents. Whatever the umask, users who can enter the model
   * directory can enter these too, because every user who starts the program loads files from them.
   * Other users can write none of them at any time, so they cannot have put anything there.
   *
   * @return the directories that were created, the innermost first
   */
  static List<Path> createDirectories(Path directory, Path model) throws IOException {
    if (Files.isDirectory(directory)) {
      return List.of();
    }
    List<Path> made = new ArrayList<>(createDirectories(directory.getParent(), model));
    Files.createDirectory(directory, PRIVATE);
    made.addFirst(directory);
    Set<PosixFilePermission> permissions = EnumSet.copyOf(Files.getPosixFilePermissions(model));
    permissions.remove(PosixFilePermission.GROUP_WRITE);
    permissions.remove(PosixFilePermission.OTHERS_WRITE);
    permissions.addAll(PosixFilePermissions.fromString("rwx------"));
    permit(directory, permissions);
    return made;
  }

  /** Writes an unfinished file to disk, accessible to its owner alone. */
  static Path prepare(Path file, byte[] content) throws IOException {
    return prepareAs(beside(file), content);
  }

  /**
   * Writes an unfinished file under a given name. A file that has this name is removed, and no link
   * is followed.
   */
  static Path prepareAs(Path beside, byte[] content) throws IOException {
    Files.deleteIfExists(beside);
    try (FileChannel channel =
        FileChannel.open(
            beside, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), PRIVATE)) {
      ByteBuffer rest = ByteBuffer.wrap(content);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      channel.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(beside);
      throw e;
    }
    return beside;
  }

  /** Renames an unfinished file to its final name. A file that has this name is replaced. */
  static void commit(Path beside, Path file) throws IOException {
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Gives a file a second name. Where that cannot be, in another file system or because the kernel
   * forbids hard links to the files of other users, a copy gets that name.
   */
  static void keep(Path file, Path name) throws IOException {
    try {
      Files.createLink(name, file);
    } catch (IOException | UnsupportedOperationException _) {
      copy(file, name);
    }
  }

  /** Copies a file with its attributes. */
  static void copy(Path file, Path name) throws IOException {
    Files.copy(file, name, StandardCopyOption.COPY_ATTRIBUTES);
    Attributes.copy(file, name);
  }

  /** Writes a file with the given permissions. */
  static void write(Path file, byte[] content, String permissions) throws IOException {
    write(file, beside(file), content, permissions);
  }

  /**
   * Writes a file, unless it is there with the same content and only this user and root can change
   * it. Its directory must be one that no other user can write.
   *
   * @return whether it was written
   * @throws LinkException if something else is there
   */
  static boolean supply(Path file, byte[] content, String permissions) throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      write(file, content, permissions);
      return true;
    }
    if (Files.isSymbolicLink(file)
        || !sha256(file).equals(sha256(content))
        || !Owners.withOwnGroup().writable(file).isEmpty()) {
      throw LinkException.unusable(
          file + " was put there meanwhile and is not what onemalloc writes: move it away.");
    }
    return false;
  }

  /** Writes a file with the given permissions, under the given name while it is unfinished. */
  static void write(Path file, Path unfinished, byte[] content, String permissions)
      throws IOException {
    prepareAs(unfinished, content);
    permit(unfinished, PosixFilePermissions.fromString(permissions));
    commit(unfinished, file);
  }

  /** Sets the mode of a file, but never that of the target of a symbolic link. */
  static void permit(Path file, Set<PosixFilePermission> permissions) throws IOException {
    Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setPermissions(permissions);
  }

  /** Flushes the entries of a directory to disk. */
  static void flush(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  static String sha256(byte[] content) {
    return Sha256.of(content);
  }

  /**
   * Returns the SHA-256 of a file of any size. If it is not a regular file, the result is empty,
   * which equals no digest.
   */
  static String sha256(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return "";
    }
    MessageDigest digest = Sha256.digest();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
