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
 * Whether the directories that a link writes to, and takes files from, are the target's own: nobody
 * can exchange the library who could not exchange the program, no link inside an image leads out of
 * it, and what lies there is not another program's of the same name.
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
   * Looks at them.
   *
   * @throws LinkException if they are not the target's own
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
   * Root changes nothing in another user's directory: that user could exchange a part of the path
   * at any moment, and root would move, delete or give away what lies elsewhere.
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
      if (Files.exists(program)) { // it may be about to be built
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
        // lib itself may be a link to lib64, say
        if (target.isImage() || directory.startsWith(target.home())) {
          throw refusal(directory + " is a symbolic link, which may lead anywhere");
        }
      } else if (found.isOpenTo(owner, isRoot)) {
        throw refusal(
            "other users can write " + directory + ", and could exchange what lies there");
      }
    }
  }

  /** Every file of an image that is changed or given back lies in it. */
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

  /** Programs share a home, and it keeps one original and one record of each name. */
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

  /** The directories from below one to another, the outermost first. */
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

  /** Who may change a directory entry's content. */
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
     * Whether users can write it who can write no entry of a base directory.
     *
     * @param groups whether a group is others; it often has one member, its user
     */
    boolean isOpenTo(Attribute base, boolean groups) {
      boolean all = (base.mode & OTHERS_WRITE) != 0 && (base.mode & STICKY) == 0;
      boolean same = (base.mode & GROUP_WRITES) != 0 && base.group == this.group;
      boolean group = groups && !same && (mode & GROUP_WRITES) != 0;
      return !all && ((mode & OTHERS_WRITE) != 0 || group);
    }
  }
}
