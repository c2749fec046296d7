package org.onemalloc.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A block of docs/recipes.md that a test executes.
 *
 * @param title the heading above it
 * @param language the words behind the fence
 * @param text the block
 */
record Recipe(String title, String language, String text) {
  private static final Path PAGE = Path.of("../docs/recipes.md");
  private static final Pattern BLOCK =
      Pattern.compile(
          "^##+ ([^\n]*)$|^```(dockerfile|sh|sh expect|ini|yaml)\n(.*?)^```$",
          Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern IMAGE = Pattern.compile("^# docker build -t (\\S+) \\.\n");

  static List<Recipe> all(String... languages) throws IOException {
    List<Recipe> recipes = new ArrayList<>();
    String title = "";
    Matcher found = BLOCK.matcher(Files.readString(PAGE));
    while (found.find()) {
      if (found.group(1) != null) {
        title = found.group(1);
      } else if (List.of(languages).contains(found.group(2))) {
        recipes.add(new Recipe(title, found.group(2), found.group(3)));
      }
    }
    return recipes;
  }

  /** Returns the name under which the block builds an image for others; empty if it has none. */
  String image() {
    Matcher image = IMAGE.matcher(text);
    return image.find() ? image.group(1) : "";
  }
}
