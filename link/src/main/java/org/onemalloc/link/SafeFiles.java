package org.onemalloc.link;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;

/** Files written so that a name always leads to something whole. */
final class SafeFiles {
  /** What the name of an unfinished file ends with; it starts with a dot. */
  static final String UNFINISHED = ".onemalloc-new";

  private SafeFiles() {}

  /** The name under which a file is prepared, in the same directory. */
  static Path beside(Path file) {
    return file.resolveSibling("." + file.getFileName() + UNFINISHED);
  }

  /** Writes an unfinished file to the disk, for the owner alone. */
  static Path prepare(Path file, byte[] content) throws IOException {
    Path beside = beside(file);
    Files.deleteIfExists(beside);
    try (FileChannel channel =
        FileChannel.open(
            beside,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")))) {
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

  /** Gives an unfinished file its name, in place of what has it. */
  static void commit(Path beside, Path file) throws IOException {
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Writes a file that everybody may read. */
  static void write(Path file, byte[] content, String permissions) throws IOException {
    Path beside = prepare(file, content);
    Files.setPosixFilePermissions(beside, PosixFilePermissions.fromString(permissions));
    commit(beside, file);
  }

  /** Puts the names of a directory on the disk. */
  static void flush(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  static String sha256(Path file) throws IOException {
    return sha256(Files.readAllBytes(file));
  }
}
