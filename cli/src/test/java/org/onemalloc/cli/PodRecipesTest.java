package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Runs the manifests of docs/recipes.md as far as that needs no cluster. */
@Tag("slow")
class PodRecipesTest {
  /** In place of an image that is not here. */
  private static final String STOCK = "stock";

  @TempDir Path directory;
  private RecipeContext context;
  private final Map<String, OverlayRoot> images = new HashMap<>();

  @BeforeEach
  void buildImages() throws Exception {
    directory = directory.toRealPath();
    Path jar = Onemalloc.jar();
    context = new RecipeContext(directory);
    assumeTrue(context.canMount(), "nothing can be mounted here");
    // Another user of a container cannot read the class path of this build.
    Path command = context.files().resolve("onemalloc.jar");
    Files.copy(jar, command, StandardCopyOption.REPLACE_EXISTING);
    OverlayRoot stock = OverlayRoot.create(directory.resolve(STOCK), false);
    for (String java : List.of(OverlayRoot.JAVA, "/usr/share/opensearch/jdk")) {
      Path home = Files.createDirectories(Path.of(stock.layer() + java));
      context.run(directory, "cp", "-aT", context.small().toString(), home.toString());
    }
    images.put(STOCK, stock);
    for (Recipe recipe : Recipe.all("dockerfile")) {
      if (!recipe.image().isEmpty()) {
        Path place = Files.createTempDirectory(directory, "build");
        ImageBuild build = new ImageBuild(place, context, images);
        build.run(recipe.text());
        images.put(recipe.image(), build.image());
      }
    }
  }

  /** Each is ready on the allocator it expects, and not on another one. */
  @TestFactory
  Stream<DynamicTest> everyPodIsReadyOnItsAllocatorAlone() throws IOException {
    List<Recipe> recipes = Recipe.all("yaml");
    assertEquals(7, recipes.size());
    return recipes.stream().map(r -> dynamicTest(r.title(), () -> carryOut(r)));
  }

  private void carryOut(Recipe recipe) throws Exception {
    Tools.requireLibrary("jemalloc", "libjemalloc.so.2");
    Map<String, String> jemalloc = Map.of("LD_PRELOAD", "libjemalloc.so.2");
    boolean isExpected = recipe.text().contains("expect=jemalloc");
    PodManifest pod = PodManifest.of(recipe.text());
    Path place = Files.createTempDirectory(directory, "pod");
    Path volumes = PodRun.volumes(place, pod);
    try (PodRun run = new PodRun(context, place.resolve("right"), pod, images(), volumes)) {
      run.prepare();
      assertTrue(run.begin(start(), isExpected ? jemalloc : Map.of()), run.output());
      for (List<String> probe : pod.main().probes()) {
        assertEquals(0, run.probe(probe), run.output());
      }
    }
    try (PodRun run = new PodRun(context, place.resolve("wrong"), pod, images(), volumes)) {
      boolean runs = run.begin(start(), isExpected ? Map.of() : jemalloc);
      assertEquals(!pod.main().probes().isEmpty(), runs, run.output());
      for (List<String> probe : pod.main().probes()) {
        assertEquals(1, run.probe(probe), run.output());
      }
      if (!runs) {
        assertEquals(1, run.exitCode(), run.output());
        assertTrue(run.output().contains("is not proven to run on"), run.output());
      }
    }
  }

  /** Returns an image for each name: those built here, and the same one for all that are not. */
  private Map<String, OverlayRoot> images() {
    Map<String, OverlayRoot> all = new HashMap<>(images);
    List.of("", "opensearchproject/opensearch:3.6.0", "flink:2.1-java17", "cassandra:5.0")
        .forEach(name -> all.put(name, images.get(STOCK)));
    return all;
  }

  /** The start script of an image that is not here, reduced to what the page says of it. */
  private List<String> start() {
    String java =
        "exec \"${OPENSEARCH_JAVA_HOME:-$JAVA_HOME}/bin/java\" $OPENSEARCH_JAVA_OPTS"
            + " $CATALINA_OPTS $FLINK_JAVA_OPTS $JVM_EXTRA_OPTS $KAFKA_OPTS -cp ";
    return List.of("sh", "-c", java + context.files() + "/classes App");
  }
}
