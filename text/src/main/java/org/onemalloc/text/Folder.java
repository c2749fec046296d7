package org.onemalloc.text;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * An open directory. It stays the same directory even if its path is renamed or replaced:
 * operations use its descriptor (openat(2) and the like) if the system supports this and the
 * directory is readable, and its path otherwise.
 */
final class Folder implements AutoCloseable {
  private static final Set<OpenOption> NEW =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

  private static final Set<OpenOption> EXISTING =
      Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
  private static final Set<OpenOption> KEPT =
      Set.of(
          StandardOpenOption.CREATE,
          StandardOpenOption.READ,
          StandardOpenOption.WRITE,
          LinkOption.NOFOLLOW_LINKS);
  private static final FileAttribute<?> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Path path;
  private final SecureDirectoryStream<Path> held; // null: the path is used

  private Folder(Path path, SecureDirectoryStream<Path> held) {
    this.path = path;
    this.held = held;
  }

  /**
   * Opens a directory.
   *
   * @param path an absolute path without links, as {@link Place} returns it
   * @throws IOException if there is no such directory, or another user who can replace a part of
   *     the path put a link there in the meantime
   */
  @SuppressWarnings("StreamResourceLeak") // close() closes it
  static Folder open(Path path) throws IOException {
    Path fixed = path.getRoot();
    for (Path name : path) {
      Path next = fixed.resolve(name);
      if (Entry.of(next) == null) {
        throw new NoSuchFileException(next.toString());
      }
      if (!Place.isKept(fixed, next)) {
        break;
      }
      fixed = next;
    }
    DirectoryStream<Path> stream;
    try {
      stream = Files.newDirectoryStream(fixed);
    } catch (AccessDeniedException e) {
      if (!fixed.equals(path)) {
        throw e;
      }
      return new Folder(path, null); // writing does not need read permission
    }
    if (!(stream instanceof SecureDirectoryStream<Path> held)) {
      stream.close();
      return new Folder(path, null);
    }
    for (Path name : fixed.relativize(path)) {
      if (!name.toString().isEmpty()) {
        try (SecureDirectoryStream<Path> above = held) {
          held = above.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
        }
      }
    }
    return new Folder(path, held);
  }

  /** Creates a new file with the permissions that the umask allows. */
  FileChannel create(Path name) throws IOException {
    return open(name, NEW);
  }

  /** Creates a new file with those of the given permissions that the umask allows. */
  FileChannel create(Path name, Set<PosixFilePermission> permissions) throws IOException {
    return open(name, NEW, PosixFilePermissions.asFileAttribute(permissions));
  }

  /** Creates a new file that only this user can access. */
  FileChannel createPrivate(Path name) throws IOException {
    return open(name, NEW, PRIVATE);
  }

  /** Opens an existing file for overwriting. A link is not followed. */
  FileChannel overwrite(Path name) throws IOException {
    return open(name, EXISTING);
  }

  /** Opens a file for reading and writing, or creates an empty one. A link is not followed. */
  FileChannel journal(Path name) throws IOException {
    return open(name, KEPT);
  }

  private FileChannel open(Path name, Set<OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    if (held == null) {
      return FileChannel.open(path.resolve(name), options, attributes);
    }
    SeekableByteChannel channel = held.newByteChannel(name, options, attributes);
    if (channel instanceof FileChannel file) {
      return file;
    }
    channel.close();
    throw new IOException("this file system does not support file channels");
  }

  /** Renames a file within the directory and replaces any file with the second name. */
  void rename(Path from, Path to) throws IOException {
    if (held == null) {
      Files.move(path.resolve(from), path.resolve(to), StandardCopyOption.ATOMIC_MOVE);
    } else {
      held.move(from, held, to);
    }
  }

  void deleteIfExists(Path name) throws IOException {
    try {
      if (held == null) {
        Files.delete(path.resolve(name));
      } else {
        held.deleteFile(name);
      }
    } catch (NoSuchFileException e) {
      // The file was renamed, or was deleted with its directory.
    }
  }

  /** Flushes the directory, so that a rename survives a power cut. */
  void flush() throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (AccessDeniedException | NoSuchFileException e) {
      // The directory is not readable, or was renamed. The system flushes it later.
    }
  }

  @Override
  public void close() throws IOException {
    if (held != null) {
      held.close();
    }
  }
}
