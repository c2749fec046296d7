package org.onemalloc.maven;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.maven.plugin.MojoFailureException;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.RepositorySystemSession;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.resolution.ArtifactRequest;
import org.eclipse.aether.resolution.ArtifactResolutionException;

/** The tarball of a release in a Maven repository, with a classifier for each platform. */
final class Release {
  private Release() {}

  /**
   * Returns the tarball for this machine, and fetches it if the local repository does not have it.
   *
   * @param version the version of this plugin
   * @throws MojoFailureException if there is no tarball
   */
  static Path tarball(
      RepositorySystem system,
      RepositorySystemSession session,
      List<RemoteRepository> repositories,
      String version)
      throws MojoFailureException {
    Artifact artifact =
        new DefaultArtifact("org.onemalloc", "onemalloc-command", classifier(), "tar.gz", version);
    try {
      return system
          .resolveArtifact(session, new ArtifactRequest(artifact, repositories, null))
          .getArtifact()
          .getFile()
          .toPath();
    } catch (ArtifactResolutionException e) {
      throw new MojoFailureException(
          "onemalloc: this Maven runs on Java %d, and %s, which brings a runtime of its own, is not found: run Maven on Java 25 or newer, or add the repository that has it (%s)"
              .formatted(Runtime.version().feature(), artifact, e.getMessage()),
          e);
    }
  }

  private static String classifier() {
    String machine = System.getProperty("os.arch");
    String processor =
        switch (machine) {
          case "amd64" -> "x64";
          case "aarch64" -> "arm64";
          default -> machine;
        };
    return System.getProperty("os.name").toLowerCase(Locale.ROOT) + "-" + processor;
  }
}
