package org.onemalloc.maven;

import java.nio.file.Path;
import java.util.List;
import org.apache.maven.plugin.MojoFailureException;

/** One of the two ways by which the goal links a target. */
interface Linker {
  /**
   * Links the target, and proves it.
   *
   * @param target an image or a program
   * @param allocator a name that {@code onemalloc allocators} lists, or the path of a library
   * @param verify whether to prove it also from inside a JVM of the image
   * @return what was done and seen, a sentence or more
   * @throws MojoFailureException with one sentence for a person; then nothing was changed
   */
  List<String> link(Path target, String allocator, boolean verify) throws MojoFailureException;
}
