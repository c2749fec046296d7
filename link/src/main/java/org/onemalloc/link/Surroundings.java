package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.onemalloc.allocators.Allocator;
import org.onemalloc.allocators.Kind;
import org.onemalloc.text.Owners;

/**
 * Checks that only this user and root can change what a link reads, writes and starts: the path
 * that the user named, every directory on the way to the target, every directory and file of the
 * target, and the allocator with its record. No link inside an image may lead out of it, and the
 * files must not be those of another program with the same name.
 *
 * <p>Because nobody else can write any of these directories, or exchange one of them, all that is
 * done later can use their paths (see {@link Owners}).
 */
final class Surroundings {
  private final Target target;
  private final Owners owners = Owners.withOwnGroup();

  private Surroundings(Target target) {
    this.target = target;
  }

  /**
   * Checks a target.
   *
   * @param named the path by which the user named the target
   * @throws LinkException if another user could change something, or it is another program's
   */
  static void check(Path named, Target target) throws IOException {
    Surroundings surroundings = new Surroundings(target);
    Path way = named.toAbsolutePath();
    surroundings.requireWay(Files.isSymbolicLink(way) ? way : way.getParent());
    surroundings.requireWay(target.root().getParent());
    if (!target.isImage()) {
      surroundings.requireWay(target.base());
    }
    for (Path directory : surroundings.directories()) {
      surroundings.requireOwn(directory);
    }
    for (Path file : surroundings.files()) {
      surroundings.requireOwn(file);
    }
    if (!target.isImage()) {
      surroundings.checkName();
    }
  }

  /**
   * Refuses a program with file capabilities if a user other than root could put another library
   * where it looks for its allocator. Such a program names the library by its absolute path, and
   * whoever starts it gets more rights, so this must hold even after the program was moved and the
   * directory of the library was removed. With an absolute path on request, the same holds for
   * users other than this one and root.
   */
  static void checkCapabilities(Target target) throws IOException {
    String why = target.hasCapabilities() ? Owners.ROOT.obtainable(target.home()) : "";
    if (!why.isEmpty()) {
      throw LinkException.unusable(
          "%s is left as it is: a program of it has file capabilities and would name its allocator by the path %s, which %s: put it where only root can write."
              .formatted(target.root(), target.home(), why));
    }
    String whose = target.absolute() ? Owners.withOwnGroup().obtainable(target.home()) : "";
    if (!whose.isEmpty()) {
      throw LinkException.unusable(
          "%s is left as it is: it would name its allocator by the path %s, which %s: put it where only you and root can write."
              .formatted(target.root(), target.home(), whose));
    }
  }

  /**
   * Refuses an allocator for a program with file capabilities that obeys the environment of whoever
   * starts the program. gperftools reads its variables with getenv(3) also in such a process, and
   * writes heap profiles to the path in HEAPPROFILE; jemalloc uses secure_getenv(3), and mimalloc's
   * variables name no files.
   */
  static void checkEnvironment(Target target, Allocator allocator) {
    if (allocator.kind() == Kind.TCMALLOC && target.isForSecureExecution()) {
      throw LinkException.unusable(
          "%s is left as it is: a program of it has %s, and %s obeys environment variables of whoever starts it, some of which name files that it writes: choose mimalloc or jemalloc."
              .formatted(
                  target.root(),
                  target.hasCapabilities() ? "file capabilities" : "to start with more rights",
                  allocator.name()));
    }
  }

  /** Returns the directories whose entries are read and changed, each after the one above it. */
  private Set<Path> directories() throws IOException {
    Set<Path> all = new LinkedHashSet<>();
    all.add(target.base());
    all.add(target.programs().getFirst().getParent());
    if (target.isImage()) {
      for (Path file : changedFiles()) {
        all.addAll(below(target.base(), file.getParent()));
        all.addAll(below(target.base(), target.originalOf(file).getParent()));
      }
    }
    // The lib of a program, but not of an image, may be a link: to lib64, for example.
    Path lib = target.home().getParent();
    if (!target.isImage() && Files.isSymbolicLink(lib)) {
      requireWay(lib);
      all.add(lib.toRealPath());
    } else {
      all.addAll(below(target.base(), lib));
    }
    all.add(target.home());
    all.add(target.originals());
    return all;
  }

  /** Returns the files that are read, changed, started or loaded. */
  private Set<Path> files() throws IOException {
    Set<Path> changed = changedFiles();
    Set<Path> all = new LinkedHashSet<>(changed);
    changed.forEach(file -> all.add(target.originalOf(file)));
    all.addAll(entries(target.home(), 1));
    if (target.isImage()) {
      for (Path top : List.of(target.root(), target.runtime().orElseThrow())) {
        for (String code : List.of("bin", "lib")) {
          entries(top.resolve(code), Integer.MAX_VALUE).stream()
              .filter(entry -> !Files.isSymbolicLink(entry))
              .forEach(all::add);
        }
      }
    }
    return all;
  }

  private static List<Path> entries(Path directory, int depth) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(directory, depth)) {
      return all.toList();
    }
  }

  /** Returns the files of the target and those that its records name. */
  private Set<Path> changedFiles() {
    Set<Path> files = new LinkedHashSet<>(target.files());
    for (Path record : List.of(target.record(), target.pending())) {
      Optional<ChoiceRecord> read = ChoiceRecord.read(record);
      read.ifPresent(r -> r.originals().forEach(name -> files.add(target.fileOf(name))));
    }
    return files;
  }

  /**
   * Refuses a program if another linked program has the same name: programs share a home, which
   * keeps one original and one record for each name.
   */
  private void checkName() throws IOException {
    for (Path record : List.of(target.record(), target.pending())) {
      String named = ChoiceRecord.read(record).map(r -> r.get(ChoiceRecord.PROGRAM)).orElse("");
      Path other = target.home().resolve(named).normalize();
      if (!named.isEmpty()
          && Files.isRegularFile(other)
          && !Files.isSameFile(other, target.root())
          && Naming.isLinked(other, target.home())) {
        throw refusal(
            "%s is linked under the same name with the same %s: give one of the two another name"
                .formatted(other, target.home()));
      }
    }
  }

  /** Returns the directories below {@code base} on the path to another, the outermost first. */
  private static List<Path> below(Path base, Path directory) {
    List<Path> all = new ArrayList<>();
    Path at = base;
    for (Path name : base.relativize(directory)) {
      at = at.resolve(name);
      if (!name.toString().isEmpty()) {
        all.add(at);
      }
    }
    return all;
  }

  private void requireOwn(Path path) throws IOException {
    if (Files.isSymbolicLink(path)) {
      throw refusal(path + " is a symbolic link, which can point to any file");
    }
    requireNone(owners.writable(path));
  }

  private void requireWay(Path path) throws IOException {
    String why = path == null ? "" : owners.exchangeable(path);
    requireNone(why.isEmpty() ? "" : "it " + why);
  }

  private void requireNone(String why) {
    if (!why.isEmpty()) {
      throw refusal(
          why
              + ": make it yours or root's, writable by nobody else, or run onemalloc as its owner"
              + " (setpriv --reuid ID --clear-groups)");
    }
  }

  private LinkException refusal(String why) {
    return LinkException.unusable("%s is left as it is: %s.".formatted(target.root(), why));
  }
}
