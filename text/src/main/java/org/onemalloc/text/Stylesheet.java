package org.onemalloc.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The look of every page: light, dark and on paper. */
public final class Stylesheet {
  private Stylesheet() {}

  /**
   * The sheet.
   *
   * @return CSS, to stand in a style element
   */
  public static String text() {
    return resource(Stylesheet.class, "page.css");
  }

  /**
   * A text beside a class.
   *
   * @param beside the class
   * @param name the file
   * @return its content
   */
  public static String resource(Class<?> beside, String name) {
    try (InputStream in = beside.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
