package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.RecipeContext.App;
import org.onemalloc.cli.RecipeContext.Ended;

/** Runs every command of docs/recipes.md that needs neither a container engine nor a cluster. */
@Tag("slow")
class RecipesTest {
  @TempDir Path directory;
  private RecipeContext context;

  @BeforeEach
  void makeWhatTheRecipesStartWith() throws Exception {
    Tools.require("objcopy"); // jlink --strip-debug needs it
    directory = directory.toRealPath();
    context = new RecipeContext(directory);
  }

  @TestFactory
  Stream<DynamicTest> everyRecipeEndsInAProgramOnTheAllocator() throws IOException {
    List<Recipe> recipes =
        Recipe.all("dockerfile", "sh", "ini").stream().filter(r -> r.image().isEmpty()).toList();
    assertTrue(recipes.size() >= 8, recipes.size() + " recipes");
    return recipes.stream()
        .map(r -> dynamicTest(r.title() + ", " + r.language(), () -> carryOut(r)));
  }

  private void carryOut(Recipe recipe) throws Exception {
    switch (recipe.language()) {
      case "dockerfile" -> build(recipe.text());
      case "sh" -> assertEquals(App.LINKED, last(shell(recipe.text())));
      default -> startAsUnit(recipe.text());
    }
  }

  /** With a linked runtime each succeeds; with an unlinked one the exit code is 1. */
  @TestFactory
  Stream<DynamicTest> whatExpectsTheAllocatorFailsOnAnother() throws Exception {
    List<Recipe> recipes = Recipe.all("sh expect");
    assertEquals(3, recipes.size());
    Path linked = directory.resolve("linked");
    context.run(directory, "cp", "-a", context.small().toString(), linked.toString());
    context.run(directory, "sh", "-c", "onemalloc link linked --allocator mimalloc");
    return recipes.stream()
        .map(
            r ->
                dynamicTest(
                    r.title(),
                    () -> {
                      Ended proven = on(linked, r.text());
                      assertEquals(0, proven.exitCode(), proven.output());
                      Ended other = on(context.small(), r.text());
                      assertEquals(1, other.exitCode(), other.output());
                      assertTrue(other.output().contains("mimalloc"), other.output());
                    }));
  }

  private Ended on(Path java, String text) throws Exception {
    Map<String, String> environment = new HashMap<>(Map.of("JAVA_HOME", java.toString()));
    if (text.contains("&\n")) {
      environment.putAll(App.SERVES); // what runs in the background is looked at
    }
    return context.end(context.files(), environment, "sh", "-euc", text);
  }

  private ImageBuild build(String dockerfile) throws Exception {
    assumeTrue(context.canMount(), "nothing can be mounted here");
    ImageBuild build =
        new ImageBuild(Files.createTempDirectory(directory, "build"), context, Map.of());
    build.run(dockerfile);
    String start =
        build.entryPoint().isEmpty()
            ? "/opt/java/openjdk/bin/java -cp %s/classes App".formatted(context.files())
            : build.entryPoint();
    assertEquals(App.LINKED, last(build.start(start)));
    return build;
  }

  private String shell(String text) throws Exception {
    Path work = Files.createTempDirectory(directory, "work");
    context.run(work, "cp", "-a", context.files() + "/.", work.toString());
    return context.run(work, "sh", "-euc", text);
  }

  /** Runs the command of a systemd unit in the root directory that the first recipe creates. */
  private void startAsUnit(String unit) throws Exception {
    String command =
        unit.lines()
            .filter(line -> line.startsWith("ExecStart="))
            .map(line -> line.substring("ExecStart=".length()))
            .findFirst()
            .orElseThrow();
    String first = Recipe.all("dockerfile").getFirst().text();
    assertEquals(App.LINKED, last(build(first).start(command)));
  }

  private static String last(String output) {
    return output.lines().toList().getLast();
  }
}
