package org.onemalloc.link;

import java.nio.file.Path;
import org.onemalloc.allocators.Choice;

/** Links and undoes one image, once or until the process is killed. */
final class LinksAndUndoes {
  private LinksAndUndoes() {}

  public static void main(String[] arguments) throws InterruptedException {
    Path image = Path.of(arguments[0]);
    Choice choice = Tools.choice("mimalloc");
    boolean once = arguments.length > 1;
    System.out.println("begins");
    do {
      Link.link(image, choice, "test", false);
      Thread.sleep(once ? 0 : 50);
      Link.undo(image, false);
    } while (!once);
  }
}
