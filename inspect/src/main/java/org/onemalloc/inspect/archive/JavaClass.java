package org.onemalloc.inspect.archive;

import java.io.IOException;

/** A Java class file that was found; its bytes are read, or inflated, when asked for. */
public final class JavaClass {
  private final String name;
  private final NativeFile.Content content;

  JavaClass(String name, NativeFile.Content content) {
    this.name = name;
    this.content = content;
  }

  /** Its path; inside an archive {@code archive!/entry}, and so on for archives inside. */
  public String name() {
    return name;
  }

  /**
   * The whole file, read anew at each call; the caller's own.
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
