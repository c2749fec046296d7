package org.onemalloc.inspect.archive;

import java.io.IOException;

/** A Java class file that was found; its bytes are read, or inflated, on demand. */
public final class JavaClass {
  private final String name;
  private final NativeFile.Content content;

  JavaClass(String name, NativeFile.Content content) {
    this.name = name;
    this.content = content;
  }

  /** Returns its path; inside an archive {@code archive!/entry}, and so on for nested archives. */
  public String name() {
    return name;
  }

  /**
   * Returns the whole file, read again at each call; the array belongs to the caller.
   *
   * @throws org.onemalloc.objectfile.ObjectFileException if it is damaged inside its archive
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
