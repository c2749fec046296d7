package org.onemalloc.inspect.process;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A file that a process mapped. Two of them are the same file if device and inode are equal, under
 * whatever names.
 *
 * @param name as the process named it
 * @param device the file system, as {@code st_dev} of stat(2)
 * @param inode the file's number there
 */
public record MappedFile(String name, long device, long inode) {
  /** No file. */
  static final MappedFile NONE = new MappedFile("", 0, 0);

  private static final String DELETED = " (deleted)";

  /**
   * Returns a file as stat(2) shows it.
   *
   * @param file a path
   * @return its path, device and inode
   * @throws IOException if there is no such file
   */
  public static MappedFile of(Path file) throws IOException {
    Map<String, Object> found = Files.readAttributes(file, "unix:dev,ino");
    return new MappedFile(
        file.toString(),
        ((Number) found.get("dev")).longValue(),
        ((Number) found.get("ino")).longValue());
  }

  /**
   * Returns a file as the kernel shows it where a process has it mapped. On overlayfs and btrfs the
   * numbers differ from those of stat(2). To learn them, this process maps the file too.
   *
   * @param file a path
   * @return its path, device and inode; empty if it is empty or cannot be mapped
   */
  public static Optional<MappedFile> asMapped(Path file) {
    try (FileChannel channel = FileChannel.open(file);
        Arena arena = Arena.ofConfined()) {
      long address = channel.map(MapMode.READ_ONLY, 0, 1, arena).address();
      return Mapping.of(ProcessHandle.current().pid()).stream()
          .filter(mapping -> mapping.contains(address))
          .map(mapping -> mapping.mapped().named(file.toString()))
          .findFirst();
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  /** Combines the two numbers of a device as makedev(3) does. */
  static long device(long major, long minor) {
    return ((major & 0xfff) << 8)
        | ((major & ~0xfffL) << 32)
        | (minor & 0xff)
        | ((minor & ~0xffL) << 12);
  }

  /**
   * Returns whether the two are one file.
   *
   * @param other another file
   * @return true if device and inode are equal
   */
  public boolean isSameFile(MappedFile other) {
    return device == other.device && inode == other.inode;
  }

  /**
   * Returns whether a path leads to this file.
   *
   * @param path a path
   * @return true if it does, by the numbers of stat(2) or of a mapping
   */
  boolean isAt(Path path) throws IOException {
    MappedFile found = of(path);
    return isSameFile(found)
        || (device != found.device && asMapped(path).filter(this::isSameFile).isPresent());
  }

  /**
   * Returns the name under which the process mapped the file, which may have been removed since.
   * proc_pid_maps(5) marks the name of such a file, and the record of mappings does not.
   *
   * @return the name without the mark
   */
  public String formerName() {
    return formerName(name);
  }

  /** Returns the same for a name that the kernel gave. */
  static String formerName(String name) {
    return name.endsWith(DELETED) ? name.substring(0, name.length() - DELETED.length()) : name;
  }

  private MappedFile named(String other) {
    return new MappedFile(other, device, inode);
  }
}
