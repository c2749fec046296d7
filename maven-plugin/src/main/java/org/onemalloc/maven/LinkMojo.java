package org.onemalloc.maven;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import javax.inject.Inject;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.RepositorySystemSession;
import org.eclipse.aether.repository.RemoteRepository;

/**
 * Makes an allocator part of a Java image or a program that this build has made, as {@code
 * onemalloc link} does. The link is proven before it is completed. An image that is linked already
 * is left as it is.
 *
 * <p>Runs in the phase {@code package}: declare it after the plugin that makes the image.
 *
 * <p>If Maven runs on Java 25 or newer, the goal links in the same JVM. On an older Java, 17 or
 * newer, the goal starts the command of the same version from the artifact {@code
 * onemalloc-command}, which brings its own Java runtime.
 */
@Mojo(
    name = "link",
    defaultPhase = LifecyclePhase.PACKAGE,
    requiresProject = false,
    threadSafe = true)
public final class LinkMojo extends AbstractMojo {
  /** The Java release that the modules of onemalloc are compiled for. */
  private static final int OWN_JAVA = 25;

  /** The suffix that chooses an allocator with its server profile built in. */
  private static final String TUNED = "+tuned";

  /** A jlink image, a jpackage application, a JDK or JRE, or a program. */
  @Parameter(property = "onemalloc.target", required = true)
  private File target;

  /** The allocator: a name that {@code onemalloc allocators} lists, or the path of a library. */
  @Parameter(property = "onemalloc.allocator", defaultValue = "mimalloc")
  private String allocator = "mimalloc";

  /** Whether to build in the allocator's server profile. */
  @Parameter(property = "onemalloc.tuned", defaultValue = "false")
  private boolean tuned;

  /** Whether to prove the result also from inside a JVM that is started from the image. */
  @Parameter(property = "onemalloc.verify", defaultValue = "true")
  private boolean verify = true;

  /** Whether to leave the target as it is. */
  @Parameter(property = "onemalloc.skip", defaultValue = "false")
  private boolean skip;

  /** The version of this plugin, for the record in the image. */
  @Parameter(defaultValue = "${plugin.version}", readonly = true)
  private String version = "unpackaged";

  /** The directory of the unpacked command, which links if Maven runs on an older Java. */
  @Parameter(defaultValue = "${project.build.directory}/onemalloc", readonly = true)
  private File directory;

  @Parameter(defaultValue = "${repositorySystemSession}", readonly = true)
  private RepositorySystemSession session;

  @Parameter(defaultValue = "${project.remotePluginRepositories}", readonly = true)
  private List<RemoteRepository> repositories;

  @Inject private RepositorySystem system;

  /** Creates a goal whose parameters Maven sets. */
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
   * @throws MojoFailureException if the target cannot be linked; the message is one sentence for
   *     the user, and nothing was changed
   */
  @Override
  public void execute() throws MojoFailureException {
    if (skip) {
      getLog().info("onemalloc: skipped");
      return;
    }
    linker().link(target.toPath(), allocator(), verify).forEach(getLog()::info);
  }

  private Linker linker() throws MojoFailureException {
    if (Runtime.version().feature() >= OWN_JAVA) {
      return ofThisJvm();
    }
    Path tarball = Release.tarball(system, session, repositories, version);
    return new LinkerOfRelease(tarball, directory.toPath().resolve(version));
  }

  /**
   * Creates the linker for this JVM by its class name, because an older Java cannot load the class.
   */
  private Linker ofThisJvm() {
    try {
      return Class.forName("org.onemalloc.maven.LinkerHere")
          .asSubclass(Linker.class)
          .getDeclaredConstructor(String.class)
          .newInstance(version);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the plugin is incomplete", e);
    }
  }

  private String allocator() {
    boolean add = tuned && !allocator.endsWith(TUNED);
    return add ? allocator + TUNED : allocator;
  }
}
