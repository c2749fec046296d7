package org.onemalloc.allocators;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The per-user directory for derived libraries and for what was learned about installed ones.
 *
 * <p>It is the first usable one of {@code $XDG_CACHE_HOME/onemalloc} (XDG Base Directory
 * Specification: only if absolute), {@code $HOME/.cache/onemalloc}, {@code /var/tmp/onemalloc-UID}
 * and {@code /tmp/onemalloc-UID}. Usable means: it belongs to this user and nobody else can write
 * it, because what lies there is loaded into the user's programs; it can be written; and LD_PRELOAD
 * can carry its path (ld.so(8): a space and a colon separate, a dollar sign starts a token).
 *
 * <p>Files are written beside, flushed and renamed, so that a file under its final name is whole at
 * any time, whoever is killed; processes may write the same name at the same time, and the last one
 * wins. Nothing is locked.
 */
public final class CacheDirectory {
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");
  private static final String UNFINISHED = ".unfinished-";

  private final Path path;

  private CacheDirectory(Path path) {
    this.path = path;
  }

  /**
   * Returns the cache directory of the user who runs this process, made if it was not there.
   *
   * @throws AllocatorException if none of the candidates is usable; the message says why for each
   */
  public static CacheDirectory ofThisUser() {
    return choose(
        System.getenv(),
        // Java's user.home is the password file's, which a container's user may not be in
        System.getenv().getOrDefault("HOME", System.getProperty("user.home", "")),
        List.of(Path.of("/var/tmp"), Path.of("/tmp")),
        Machine.userId());
  }

  /** Returns the first usable candidate, for the given surroundings. */
  static CacheDirectory choose(
      Map<String, String> environment, String home, List<Path> temporary, long userId) {
    List<Path> candidates = new ArrayList<>();
    Path xdg = Path.of(environment.getOrDefault("XDG_CACHE_HOME", ""));
    if (xdg.isAbsolute()) {
      candidates.add(xdg.resolve("onemalloc"));
    }
    if (Path.of(home).isAbsolute()) {
      candidates.add(Path.of(home, ".cache", "onemalloc"));
    }
    temporary.forEach(t -> candidates.add(t.resolve("onemalloc-" + userId)));
    List<String> refused = new ArrayList<>();
    for (Path candidate : candidates) {
      String problem = problem(candidate, userId);
      if (problem.isEmpty()) {
        return new CacheDirectory(candidate);
      }
      refused.add(candidate + " " + problem);
    }
    throw new AllocatorException(
        "There is no directory to keep derived allocators in ("
            + String.join("; ", refused)
            + "): set XDG_CACHE_HOME to a directory of yours.");
  }

  /** Returns why this directory cannot be used, or nothing; makes it where it is missing. */
  private static String problem(Path directory, long userId) {
    if (!Preloading.canCarry(directory)) {
      return "has a space, a colon or a dollar sign, which LD_PRELOAD cannot carry";
    }
    try {
      Files.createDirectories(directory.getParent());
      if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
      }
      // a link in /var/tmp could lead anywhere, and createDirectories follows it
      if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        return "is a symbolic link";
      }
      Object owner = Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
      if (((Number) owner).longValue() != userId) {
        return "belongs to the user with the id " + owner;
      }
      if (!PRIVATE.containsAll(Files.getPosixFilePermissions(directory))) {
        Files.setPosixFilePermissions(directory, PRIVATE);
      }
      return Files.isWritable(directory) ? "" : "cannot be written";
    } catch (IOException | UnsupportedOperationException e) {
      return "cannot be written: " + e.getClass().getSimpleName();
    }
  }

  /** Returns the absolute path of this directory; LD_PRELOAD can carry it. */
  public Path path() {
    return path;
  }

  /**
   * Returns the file of this name, if it was stored.
   *
   * @param name a file name without a slash
   */
  public Optional<Path> find(String name) {
    Path file = path.resolve(name);
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        ? Optional.of(file)
        : Optional.empty();
  }

  /**
   * Stores a file under a name, replacing what was there. When this returns, the file is on the
   * disk; when the process dies before, nothing is there under this name but what was there before.
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
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(beside);
      }
      try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
        directory.force(true);
      }
      return file;
    } catch (IOException e) {
      throw new AllocatorException(
          "Cannot write " + file + " (" + e + "): make room there or set XDG_CACHE_HOME.", e);
    }
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
          // finished by its writer since it was listed
        }
      }
    }
  }

  private static boolean isUnfinished(Path file) {
    return file.getFileName().toString().startsWith(UNFINISHED);
  }
}
