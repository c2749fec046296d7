package org.onemalloc.inspect.archive;

import java.io.IOException;

/** A native file that was found; its bytes are read, or inflated, when asked for. */
public final class NativeFile {
  /** Where the bytes are. */
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

  /** Its path; inside an archive {@code archive!/entry}, and so on for archives inside. */
  public String name() {
    return name;
  }

  /** What its first bytes say that it is. */
  public NativeFormat format() {
    return format;
  }

  /** Its size in bytes, not compressed. */
  public long size() {
    return size;
  }

  /** Its first 1024 bytes, or all of a shorter one; the caller's own. */
  public byte[] start() {
    return start.clone();
  }

  /**
   * The whole file, read anew at each call; the caller's own.
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
