package org.onemalloc.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The style sheet of every page, for light and dark screens and for paper. */
public final class Stylesheet {
  private Stylesheet() {}

  /**
   * Returns the style sheet.
   *
   * @return CSS for a style element
   */
  public static String text() {
    return resource(Stylesheet.class, "page.css");
  }

  /**
   * Returns a resource from the package of a class.
   *
   * @param beside the class in whose package the resource is
   * @param name the name of the resource
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
