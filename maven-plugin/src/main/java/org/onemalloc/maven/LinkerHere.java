package org.onemalloc.maven;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugin.MojoFailureException;
import org.onemalloc.allocators.AllocatorException;
import org.onemalloc.link.Link;
import org.onemalloc.link.LinkException;
import org.onemalloc.link.LinkReport;

/** Links in this JVM. This is the only class of the plugin that is compiled for Java 25. */
final class LinkerHere implements Linker {
  private final String version;

  /**
   * Creates a linker.
   *
   * @param version the version of this plugin, for the record in the image
   */
  LinkerHere(String version) {
    this.version = version;
  }

  @Override
  public List<String> link(Path target, String allocator, boolean verify)
      throws MojoFailureException {
    try {
      LinkReport report = Link.link(target, Link.choose(target, allocator), version, false);
      List<String> said = new ArrayList<>(report.steps());
      said.addAll(verify ? Link.verify(target).evidence() : report.evidence());
      said.add("%s is linked with %s.".formatted(target, report.allocator()));
      return said;
    } catch (AllocatorException | LinkException e) {
      throw new MojoFailureException("onemalloc: " + e.getMessage(), e);
    }
  }
}
