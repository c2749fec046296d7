package org.onemalloc.maven;

import java.io.File;
import java.util.List;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.onemalloc.allocators.AllocatorException;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.allocators.Choice;
import org.onemalloc.link.Link;
import org.onemalloc.link.LinkException;
import org.onemalloc.link.LinkReport;

/**
 * Makes an allocator part of a Java image or a program that this build has made, proven before it
 * is done: what {@code onemalloc link} does. An image that is linked already is left as it is.
 *
 * <p>Runs in the phase {@code package}: declare it after the plugin that makes the image.
 */
@Mojo(name = "link", defaultPhase = LifecyclePhase.PACKAGE, threadSafe = true)
public final class LinkMojo extends AbstractMojo {
  /** A jlink image, a jpackage application, a JDK or JRE, or a program. */
  @Parameter(property = "onemalloc.target", required = true)
  private File target;

  /** The allocator: a name that {@code onemalloc allocators} lists, or the path of a library. */
  @Parameter(property = "onemalloc.allocator", defaultValue = "mimalloc")
  private String allocator = "mimalloc";

  /** Whether to build the allocator's server profile in. */
  @Parameter(property = "onemalloc.tuned", defaultValue = "false")
  private boolean tuned;

  /** Whether to prove the result also from inside a JVM that is started from the image. */
  @Parameter(property = "onemalloc.verify", defaultValue = "true")
  private boolean verify = true;

  /** Leaves the target as it is. */
  @Parameter(property = "onemalloc.skip", defaultValue = "false")
  private boolean skip;

  /** The version of this plugin, for the record in the image. */
  @Parameter(defaultValue = "${plugin.version}", readonly = true)
  private String version = "unpackaged";

  /** For Maven, which sets the parameters. */
  public LinkMojo() {}

  LinkMojo(File target, String allocator, boolean tuned, boolean skip) {
    this.target = target;
    this.allocator = allocator;
    this.tuned = tuned;
    this.skip = skip;
  }

  /**
   * Links the target.
   *
   * @throws MojoFailureException with one sentence for a person; then nothing was changed
   */
  @Override
  public void execute() throws MojoFailureException {
    if (skip) {
      getLog().info("onemalloc: skipped");
      return;
    }
    try {
      LinkReport report = Link.link(target.toPath(), choice(), version, false);
      report.steps().forEach(getLog()::info);
      List<String> evidence = verify ? Link.verify(target.toPath()).evidence() : report.evidence();
      evidence.forEach(getLog()::info);
      getLog().info("%s is linked with %s.".formatted(target, report.allocator()));
    } catch (AllocatorException | LinkException e) {
      throw new MojoFailureException("onemalloc: " + e.getMessage(), e);
    }
  }

  private Choice choice() {
    boolean add = tuned && !allocator.endsWith(Choice.TUNED);
    return Allocators.ofThisMachine().choose(add ? allocator + Choice.TUNED : allocator);
  }
}
