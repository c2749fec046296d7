package org.onemalloc.inspect.archive;

import java.io.IOException;

/** A native file that was found; its bytes are read, or inflated, on demand. */
public final class NativeFile {
  /** The source of the bytes. */
  @FunctionalInterface
  interface Content {
    byte[] read() throws IOException;
  }

  private final String name;
  private final NativeFormat format;
  private final long size;
  private final byte[] start;
  private final Content content;

  NativeFile(String name, NativeFormat format, long size, byte[] start, Content content) {
    this.name = name;
    this.format = format;
    this.size = size;
    this.start = start;
    this.content = content;
  }

  /** Returns its path; inside an archive {@code archive!/entry}, and so on for nested archives. */
  public String name() {
    return name;
  }

  /** Returns its format, recognised by its first bytes. */
  public NativeFormat format() {
    return format;
  }

  /** Returns its uncompressed size in bytes. */
  public long size() {
    return size;
  }

  /** Returns its first 1024 bytes, or all of a shorter file; the array belongs to the caller. */
  public byte[] start() {
    return start.clone();
  }

  /**
   * Returns the whole file, read again at each call; the array belongs to the caller.
   *
   * @throws org.onemalloc.objectfile.ObjectFileException if it is damaged inside its archive or has
   *     2 GiB or more
   * @throws IOException if it cannot be read
   */
  public byte[] bytes() throws IOException {
    return content.read();
  }

  @Override
  public String toString() {
    return name;
  }
}
