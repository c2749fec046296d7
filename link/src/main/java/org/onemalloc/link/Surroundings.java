package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.text.OwnPlace;

/**
 * Checks that the directories that a link reads and writes belong to the target: users who cannot
 * replace the program cannot replace the library, no link inside an image leads out of it, and the
 * files are not those of another program with the same name.
 */
final class Surroundings {
  private static final int GROUP_WRITES = 0020;
  private static final int OTHERS_WRITE = 0002;
  private static final int STICKY = 01000;

  private final Target target;
  private final Path base;
  private final boolean isRoot = OwnPlace.thisUser() == 0;

  private Surroundings(Target target) {
    this.target = target;
    this.base = target.base();
  }

  /**
   * Checks the directories of a target.
   *
   * @throws LinkException if they do not belong to the target
   */
  static void check(Target target) throws IOException {
    Surroundings surroundings = new Surroundings(target);
    surroundings.checkBase();
    surroundings.checkDirectories();
    if (target.isImage()) {
      surroundings.checkFiles();
    } else {
      surroundings.checkName();
    }
  }

  /**
   * Refuses to act as root in another user's directory. That user could replace a part of the path
   * at any moment, and root would move, delete or give away files elsewhere.
   */
  private void checkBase() throws IOException {
    long root = Attribute.of(base.getRoot()).user;
    for (Path at = base; isRoot && at != null; at = at.getParent()) {
      long user = Attribute.of(at).user;
      if (user != 0 && user != root) {
        throw refusal(
            "%s belongs to the user with the id %d: run onemalloc link as that user (setpriv --reuid %d --clear-groups)"
                .formatted(at, user, user));
      }
    }
  }

  private void checkDirectories() throws IOException {
    Attribute owner = Attribute.of(base);
    Set<Long> trusted = new LinkedHashSet<>();
    trusted.add(0L);
    trusted.add(OwnPlace.thisUser());
    trusted.add(owner.user);
    trusted.add(Attribute.of(base.getRoot()).user); // root, seen from a user namespace
    for (Path program : target.programs()) {
      if (Files.exists(program)) { // the program may not be built yet
        trusted.add(Attribute.of(program).user);
      }
    }
    for (Path directory : below(base, target.originals())) {
      if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
        return;
      }
      Attribute found = Attribute.of(directory);
      if (!trusted.contains(found.user)) {
        throw refusal(
            "%s belongs to the user with the id %d, who could exchange what lies there"
                .formatted(directory, found.user));
      }
      if (Files.isSymbolicLink(directory)) {
        // lib itself may be a link, to lib64 for example
        if (target.isImage() || directory.startsWith(target.home())) {
          throw refusal(directory + " is a symbolic link, which may lead anywhere");
        }
      } else if (found.isOpenTo(owner, isRoot)) {
        throw refusal(
            "other users can write " + directory + ", and could exchange what lies there");
      }
    }
  }

  /** Checks that every file of an image that is changed or restored lies in the image. */
  private void checkFiles() throws IOException {
    List<Path> files = new ArrayList<>(target.files());
    for (Path record : List.of(target.record(), target.pending())) {
      Optional<ChoiceRecord> read = ChoiceRecord.read(record);
      read.ifPresent(r -> r.originals().forEach(name -> files.add(target.fileOf(name))));
    }
    for (Path file : files) {
      List<Path> directories = new ArrayList<>(below(base, file.getParent()));
      directories.addAll(below(target.home(), target.originalOf(file).getParent()));
      for (Path directory : directories) {
        if (Files.isSymbolicLink(directory)) {
          throw refusal(directory + " is a symbolic link, which may lead anywhere");
        }
      }
    }
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

  private LinkException refusal(String why) {
    return LinkException.unusable("%s is left as it is: %s.".formatted(target.root(), why));
  }

  /** The attributes that determine which users may change a file. */
  private record Attribute(long user, long group, int mode) {
    static Attribute of(Path file) throws IOException {
      Map<String, Object> found =
          Files.readAttributes(file, "unix:uid,gid,mode", LinkOption.NOFOLLOW_LINKS);
      return new Attribute(
          ((Number) found.get("uid")).longValue(),
          ((Number) found.get("gid")).longValue(),
          (int) found.get("mode"));
    }

    /**
     * Returns whether users who cannot change the entries of a base directory can write this one.
     *
     * @param groups whether members of the group count as other users; a group often has its user
     *     as the only member
     */
    boolean isOpenTo(Attribute base, boolean groups) {
      boolean all = (base.mode & OTHERS_WRITE) != 0 && (base.mode & STICKY) == 0;
      boolean same = (base.mode & GROUP_WRITES) != 0 && base.group == this.group;
      boolean group = groups && !same && (mode & GROUP_WRITES) != 0;
      return !all && ((mode & OTHERS_WRITE) != 0 || group);
    }
  }
}
