package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.onemalloc.text.Attributes;
import org.onemalloc.text.Owners;

/**
 * The file that a link step makes. Only this user and root can write its directory, so no other
 * user can put a link in the place of the unfinished file, or exchange it before it is proven.
 */
public final class OwnOutput {
  private final Path file;

  private OwnOutput(Path file) {
    this.file = file;
  }

  /**
   * Checks the place of an output.
   *
   * @param output the path of the output; a symbolic link is followed, because linkers do so
   * @return the output
   * @throws LinkException if the directory does not exist, or another user could write there
   * @throws IOException if the attributes of a directory cannot be read
   */
  public static OwnOutput of(Path output) throws IOException {
    Path named = output.toAbsolutePath();
    if (!Files.isDirectory(named.getParent())) {
      throw LinkException.unusable(
          "%s cannot be written: there is no directory %s.".formatted(output, named.getParent()));
    }
    Path file =
        Files.exists(named)
            ? named.toRealPath()
            : named.getParent().toRealPath().resolve(named.getFileName());
    Owners owners = Owners.withOwnGroup();
    for (String why :
        List.of(
            owners.exchangeable(named),
            owners.exchangeable(file),
            owners.writable(file.getParent()))) {
      if (!why.isEmpty()) {
        throw LinkException.unusable(
            "%s is not written, because another user could replace it (%s): name an output in a directory that only you and root can write."
                .formatted(output, why));
      }
    }
    return new OwnOutput(file);
  }

  /**
   * Returns the file that is written, with links resolved.
   *
   * @return an absolute path
   */
  public Path file() {
    return file;
  }

  /**
   * Returns the path for the unfinished file, at which nothing is left.
   *
   * @return a path in the same directory
   * @throws IOException if what is left there cannot be removed
   */
  public Path unfinished() throws IOException {
    Path beside = SafeFiles.beside(file);
    Files.deleteIfExists(beside);
    return beside;
  }

  /**
   * Keeps the previous file under a second name while a compiler works: some remove it before they
   * fail. Where the file system has no hard links, nothing is kept.
   *
   * @throws IOException if what is left of an earlier step cannot be removed
   */
  public void keep() throws IOException {
    Files.deleteIfExists(previous());
    if (Files.isRegularFile(file)) {
      try {
        Files.createLink(previous(), file);
      } catch (FileSystemException | UnsupportedOperationException e) {
        // as above
      }
    }
  }

  /**
   * Gives the kept file its name back if that is free, and removes the second name.
   *
   * @throws IOException if it cannot be renamed
   */
  public void restore() throws IOException {
    if (Files.exists(previous()) && Files.notExists(file)) {
      Files.move(previous(), file);
    }
    Files.deleteIfExists(previous());
  }

  private Path previous() {
    return file.resolveSibling("." + file.getFileName() + ".onemalloc-old");
  }

  /**
   * Renames the unfinished file to its final name.
   *
   * @throws IOException if it cannot be renamed
   */
  public void finish() throws IOException {
    SafeFiles.commit(SafeFiles.beside(file), file);
    SafeFiles.flush(file.getParent());
  }

  /**
   * Replaces the content of the file, and keeps its attributes.
   *
   * @param content the new content
   * @throws IOException if it cannot be written; the file is unchanged then
   */
  public void replace(byte[] content) throws IOException {
    try {
      Attributes.copy(file, SafeFiles.prepare(file, content));
      finish();
    } finally {
      Files.deleteIfExists(SafeFiles.beside(file));
    }
  }
}
