package org.onemalloc.allocators;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.onemalloc.text.Owners;

/**
 * The per-user directory for derived libraries and for what was learned about installed ones.
 *
 * <p>It is the first usable one of {@code $XDG_CACHE_HOME/onemalloc} (XDG Base Directory
 * Specification: only if absolute), {@code /var/cache/onemalloc} for root, {@code
 * $HOME/.cache/onemalloc}, {@code /var/tmp/onemalloc-UID} and {@code /tmp/onemalloc-UID}. Usable
 * means:
 *
 * <ul>
 *   <li>Its files are loaded into the user's programs. So the directory belongs to this user, each
 *       ancestor belongs to this user or to root, and nobody else can write any of them. A
 *       directory that others can write is emptied before it is used; one that has files of other
 *       names than are made here is not used, and left as it is.
 *   <li>It can be written, and its file system is not mounted {@code noexec}.
 *   <li>LD_PRELOAD can carry its path (ld.so(8): a space and a colon separate entries, a dollar
 *       sign starts a token).
 * </ul>
 *
 * <p>Everybody can read the directory and its files: a program that root starts may continue as
 * another user, and its children then load the library with that user's rights. This is why root's
 * directory is not below {@code /root}, which others cannot enter.
 *
 * <p>A file is written under a temporary name, flushed and renamed, so that a file under its final
 * name is always whole, whoever is killed. Processes may write the same name at the same time; the
 * last one wins. Nothing is locked.
 */
public final class CacheDirectory {
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-r--r--");
  private static final String UNFINISHED = ".unfinished-";

  private final Path path;
  private final long userId;

  private CacheDirectory(Path path, long userId) {
    this.path = path;
    this.userId = userId;
  }

  /**
   * Returns the cache directory of the user who runs this process, and creates it if it is missing.
   *
   * @throws AllocatorException if none of the candidates is usable; the message says why for each
   */
  public static CacheDirectory ofThisUser() {
    return choose(
        System.getenv(),
        // Java's user.home is from the password file, which may not know the user of a container.
        System.getenv().getOrDefault("HOME", System.getProperty("user.home", "")),
        List.of(Path.of("/var/tmp"), Path.of("/tmp")),
        Machine.userId());
  }

  /** Returns the first usable candidate, for the given surroundings. */
  static CacheDirectory choose(
      Map<String, String> environment, String home, List<Path> temporary, long userId) {
    return new CacheDirectory(
        CacheCandidates.first(CacheCandidates.of(environment, home, temporary, userId), userId),
        userId);
  }

  /** Returns the absolute path of this directory; LD_PRELOAD can carry it. */
  public Path path() {
    return path;
  }

  /**
   * Returns the file of this name, if it belongs to this user or root and nobody else can write it.
   *
   * @param name a file name without a slash
   */
  public Optional<Path> find(String name) {
    Path file = path.resolve(name);
    try {
      boolean ours =
          Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
              && Owners.of(userId).writable(file).isEmpty();
      return ours ? Optional.of(file) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Returns the file of this name with exactly this content. It is compared byte for byte, and
   * stored anew where it differs.
   *
   * @param name a file name without a slash
   * @throws AllocatorException if it has to be written and cannot be
   */
  public Path provide(String name, byte[] content) {
    Optional<Path> stored = find(name);
    try {
      if (stored.isPresent() && Arrays.equals(Files.readAllBytes(stored.get()), content)) {
        return stored.get();
      }
    } catch (IOException e) {
      // What cannot be read is replaced.
    }
    return store(name, content);
  }

  /**
   * Returns a path of a library that LD_PRELOAD can carry: its own, or that of a link to it in this
   * directory where its own has a space, a colon or a dollar sign.
   *
   * @param library an absolute path
   * @throws AllocatorException if the link cannot be written
   */
  public Path carried(Path library) {
    if (Preloading.canCarry(library)) {
      return library;
    }
    CRC32C checksum = new CRC32C();
    checksum.update(library.toString().getBytes(StandardCharsets.UTF_8));
    Path link = path.resolve("link-%08x.so".formatted(checksum.getValue()));
    try {
      if (!Files.isSymbolicLink(link) || !Files.readSymbolicLink(link).equals(library)) {
        Path unfinished = path.resolve(UNFINISHED + ProcessHandle.current().pid());
        Files.deleteIfExists(unfinished);
        Files.move(
            Files.createSymbolicLink(unfinished, library), link, StandardCopyOption.ATOMIC_MOVE);
      }
      return link;
    } catch (IOException e) {
      throw unwritten(link, e);
    }
  }

  /**
   * Stores a file under a name, replacing what was there. When this returns, the file is on the
   * disk. If the process ends before that, the name still denotes the previous file.
   *
   * @param name a file name without a slash
   * @return the absolute path of the file
   * @throws AllocatorException if it cannot be written
   */
  public Path store(String name, byte[] content) {
    Path file = path.resolve(name);
    try {
      sweep();
      Path beside = Files.createTempFile(path, UNFINISHED, "");
      try {
        write(beside, content);
        Files.setPosixFilePermissions(beside, FILE);
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(beside);
      }
      try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
        directory.force(true);
      }
      return file;
    } catch (IOException e) {
      throw unwritten(file, e);
    }
  }

  private static AllocatorException unwritten(Path file, IOException e) {
    return new AllocatorException(
        "%s cannot be written (%s): set XDG_CACHE_HOME to another directory."
            .formatted(file, e.getMessage()),
        e);
  }

  private static void write(Path file, byte[] content) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer rest = ByteBuffer.wrap(content);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      channel.force(true);
    }
  }

  /** Removes what killed processes left unfinished more than an hour ago. */
  private void sweep() throws IOException {
    FileTime old = FileTime.from(Instant.now().minusSeconds(3600));
    try (Stream<Path> files = Files.list(path)) {
      for (Path file : files.filter(CacheDirectory::isUnfinished).toList()) {
        try {
          if (Files.getLastModifiedTime(file).compareTo(old) < 0) {
            Files.deleteIfExists(file);
          }
        } catch (NoSuchFileException e) {
          // Its writer has renamed it.
        }
      }
    }
  }

  private static boolean isUnfinished(Path file) {
    return file.getFileName().toString().startsWith(UNFINISHED);
  }
}
