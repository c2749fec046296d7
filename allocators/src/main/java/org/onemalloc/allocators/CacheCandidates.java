package org.onemalloc.allocators;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.onemalloc.text.OwnPlace;
import org.onemalloc.text.Owners;

/** Finds the directory that {@link CacheDirectory} uses, by the rules that it documents. */
final class CacheCandidates {
  private static final Set<PosixFilePermission> DIRECTORY =
      PosixFilePermissions.fromString("rwxr-xr-x");
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  /**
   * A directory that others could write and that is not emptied yet; a new one never has these
   * permissions, or processes that start together would empty it under each other.
   */
  private static final Set<PosixFilePermission> CLOSED =
      PosixFilePermissions.fromString("rwx--x---");

  private static final Set<PosixFilePermission> OF_OTHERS =
      Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

  /** The beginnings of the names of all files that are made in the directory. */
  private static final List<String> OUR_NAMES =
      List.of("libonemalloc-", "known-", "link-", "LICENSE-", ".unfinished-");

  private static final Path OF_ROOT = Path.of("/var/cache/onemalloc");
  private static final String UNCARRIED =
      "has a space, a colon or a dollar sign, which LD_PRELOAD cannot carry";

  private CacheCandidates() {}

  /** Returns the directories to try, in this order. */
  static List<Path> of(
      Map<String, String> environment, String home, List<Path> temporary, long userId) {
    List<Path> candidates = new ArrayList<>();
    Path xdg = Path.of(environment.getOrDefault("XDG_CACHE_HOME", ""));
    if (xdg.isAbsolute()) {
      candidates.add(xdg.resolve("onemalloc"));
    }
    if (userId == 0) {
      candidates.add(OF_ROOT);
    }
    if (Path.of(home).isAbsolute()) {
      candidates.add(Path.of(home, ".cache", "onemalloc"));
    }
    temporary.forEach(t -> candidates.add(t.resolve("onemalloc-" + userId)));
    return candidates;
  }

  /**
   * Returns the first usable one, without symbolic links: others might exchange a link.
   *
   * @throws AllocatorException if none is; the message says why for each
   */
  static Path first(List<Path> candidates, long userId) {
    List<String> refused = new ArrayList<>();
    for (Path candidate : candidates) {
      String problem = problem(candidate, userId);
      if (problem.isEmpty()) {
        return real(candidate);
      }
      refused.add(candidate + " " + problem);
    }
    throw new AllocatorException(
        "There is no directory to keep derived allocators in ("
            + String.join("; ", refused)
            + "): set XDG_CACHE_HOME to a directory of your own.");
  }

  private static Path real(Path directory) {
    try {
      return directory.toRealPath();
    } catch (IOException e) {
      throw new AllocatorException("Cannot open " + directory + " (" + e + ").", e);
    }
  }

  /** Returns why this directory cannot be used, or nothing; creates it where it is missing. */
  private static String problem(Path directory, long userId) {
    if (!Preloading.canCarry(directory)) {
      return UNCARRIED;
    }
    try {
      Owners owners = Owners.of(userId);
      String exchangeable = owners.exchangeable(directory.getParent());
      if (exchangeable.isEmpty()) {
        Files.createDirectories(
            directory.getParent(), PosixFilePermissions.asFileAttribute(PRIVATE));
        // Another user may have made what was missing before.
        exchangeable = owners.exchangeable(directory.getParent());
      }
      if (!exchangeable.isEmpty()) {
        return exchangeable;
      }
      Path real = directory.getParent().toRealPath().resolve(directory.getFileName());
      if (!Preloading.canCarry(real)) {
        return UNCARRIED;
      }
      if (OwnPlace.isWithoutExecution(real)) {
        return "is on a file system that is mounted noexec";
      }
      return own(directory, owners);
    } catch (IOException | UnsupportedOperationException e) {
      return "cannot be used: " + reason(e);
    }
  }

  private static String own(Path directory, Owners owners) throws IOException {
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
    }
    // A link in /var/tmp could lead anywhere.
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return Files.isSymbolicLink(directory) ? "is a symbolic link" : "is not a directory";
    }
    long owner =
        Integer.toUnsignedLong(
            (Integer) Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS));
    if (owner != owners.user() || !owners.contains(owner)) {
      return "belongs to the user with the id " + owner;
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(directory);
    if (permissions.equals(CLOSED) || !Collections.disjoint(permissions, OF_OTHERS)) {
      if (!emptied(directory, permissions)) {
        return "could be written by others, and has files that onemalloc did not make";
      }
    }
    if (!permissions.equals(DIRECTORY)) {
      Files.setPosixFilePermissions(directory, DIRECTORY);
    }
    return Files.isWritable(directory) ? "" : "cannot be written";
  }

  /**
   * Empties a directory that others could write, because its files may be theirs under any of our
   * names. Returns false, and changes nothing, if a file has another name: it may be a directory of
   * the user's that only has this name.
   */
  private static boolean emptied(Path directory, Set<PosixFilePermission> permissions)
      throws IOException {
    // Closed first, opened last: if this process dies between, the next one empties it again.
    Files.setPosixFilePermissions(directory, CLOSED);
    List<Path> entries;
    try (Stream<Path> all = Files.list(directory)) {
      entries = all.toList();
    }
    if (!entries.stream().allMatch(CacheCandidates::isOurs)) {
      Files.setPosixFilePermissions(directory, permissions);
      return false;
    }
    for (Path entry : entries) {
      Files.deleteIfExists(entry);
    }
    return true;
  }

  private static boolean isOurs(Path entry) {
    String name = entry.getFileName().toString();
    return OUR_NAMES.stream().anyMatch(name::startsWith)
        && !Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS);
  }

  private static String reason(Exception e) {
    return switch (e) {
      case AccessDeniedException denied -> denied.getFile() + " cannot be entered or written";
      case DirectoryNotEmptyException full -> full.getFile() + " is not empty: remove it";
      case NotDirectoryException failed -> failed.getFile() + " is not a directory";
      case FileAlreadyExistsException failed -> failed.getFile() + " is not a directory";
      case FileSystemException failed when failed.getReason() != null ->
          failed.getFile() + ": " + failed.getReason();
      default -> e.toString();
    };
  }
}
