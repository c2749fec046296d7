package org.onemalloc.maven;

import java.nio.file.Path;
import java.util.List;
import org.apache.maven.plugin.MojoFailureException;

/** Links a target for the goal: in this JVM, or by the command of a release. */
interface Linker {
  /**
   * Links the target and proves the result.
   *
   * @param target an image or a program
   * @param allocator a name that {@code onemalloc allocators} lists, or the path of a library
   * @param verify whether to prove the result also from inside a JVM of the image
   * @return the changes and the evidence, in one or more sentences
   * @throws MojoFailureException if the target cannot be linked; the message is one sentence for
   *     the user, and nothing was changed
   */
  List<String> link(Path target, String allocator, boolean verify) throws MojoFailureException;
}
