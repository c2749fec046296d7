package org.onemalloc.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Runs every command of docs/recipes.md that does not need a container engine. */
@Tag("slow")
class RecipesTest {
  private static final Path PAGE = Path.of("../docs/recipes.md");
  private static final Pattern BLOCK =
      Pattern.compile(
          "^## ([^\n]*)$|^```(dockerfile|sh|ini)\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
  private static final String JAVA = System.getProperty("java.home");

  @TempDir Path directory;
  private Path context;
  private Path small;

  record Recipe(String title, String language, String text) {}

  static List<Recipe> recipes() throws IOException {
    List<Recipe> recipes = new ArrayList<>();
    String title = "";
    Matcher found = BLOCK.matcher(Files.readString(PAGE));
    while (found.find()) {
      if (found.group(1) != null) {
        title = found.group(1);
      } else {
        recipes.add(new Recipe(title, found.group(2), found.group(3)));
      }
    }
    return recipes;
  }

  @BeforeEach
  void makeWhatTheRecipesStartWith() throws Exception {
    Tools.require("objcopy"); // jlink --strip-debug needs it
    directory = directory.toRealPath();
    context = Files.createDirectory(directory.resolve("context"));
    Path jars = Files.createDirectory(context.resolve("jars"));
    Path source = Files.writeString(context.resolve("App.java"), App.SOURCE);
    run(context, JAVA + "/bin/javac", "-d", context + "/classes", source.toString());
    String app = context.resolve("app.jar").toString();
    run(context, JAVA + "/bin/jar", "-c", "-f", app, "-e", "App", "-C", context + "/classes", ".");
    Files.copy(context.resolve("app.jar"), jars.resolve("app.jar"));
    command(context.resolve("onemalloc.jar"));
    Path script = directory.resolve("bin/onemalloc");
    Files.createDirectory(script.getParent());
    Files.writeString(
        script,
        "#!/bin/sh\nexec %s/bin/java -jar %s/onemalloc.jar \"$@\"\n".formatted(JAVA, context));
    assertTrue(script.toFile().setExecutable(true));
    small = directory.resolve("small");
    run(context, JAVA + "/bin/jlink", "--add-modules", "java.base", "--output", small.toString());
  }

  /** Creates the command of this build under the name with which it is shipped. */
  private static void command(Path jar) throws IOException {
    List<String> places =
        Stream.of(Onemalloc.classPath().split(":", -1))
            .map(place -> Path.of(place).toUri().toString())
            .toList();
    Manifest manifest = new Manifest();
    Attributes entries = manifest.getMainAttributes();
    entries.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    entries.put(Attributes.Name.MAIN_CLASS, Main.class.getName());
    entries.put(Attributes.Name.CLASS_PATH, String.join(" ", places));
    entries.putValue("Enable-Native-Access", "ALL-UNNAMED");
    new JarOutputStream(Files.newOutputStream(jar), manifest).close();
  }

  @TestFactory
  Stream<DynamicTest> everyRecipeEndsInAProgramOnTheAllocator() throws IOException {
    List<Recipe> recipes = recipes();
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

  private ImageBuild build(String dockerfile) throws Exception {
    assumeTrue(canMount(), "nothing can be mounted here");
    ImageBuild build =
        new ImageBuild(Files.createTempDirectory(directory, "build"), context, small);
    build.run(dockerfile);
    String start =
        build.entryPoint().isEmpty()
            ? "/opt/java/openjdk/bin/java -cp %s/classes App".formatted(context)
            : build.entryPoint();
    assertEquals(App.LINKED, last(build.start(start)));
    return build;
  }

  private String shell(String text) throws Exception {
    Path work = Files.createTempDirectory(directory, "work");
    run(work, "cp", "-a", context + "/.", work.toString());
    return run(work, "sh", "-euc", text);
  }

  /** Runs the command of a systemd unit in the root directory that the first recipe creates. */
  private void startAsUnit(String unit) throws Exception {
    String command =
        unit.lines()
            .filter(line -> line.startsWith("ExecStart="))
            .map(line -> line.substring("ExecStart=".length()))
            .findFirst()
            .orElseThrow();
    assertEquals(App.LINKED, last(build(recipes().getFirst().text()).start(command)));
  }

  private boolean canMount() throws Exception {
    Path trial = Files.createTempDirectory(directory, "trial");
    String mount =
        "cd %s && mkdir upper work root && mount -t overlay overlay -o %s root"
            .formatted(trial, "lowerdir=/,upperdir=upper,workdir=work");
    List<String> command = List.of("unshare", "--mount", "sh", "-c", mount);
    return Onemalloc.run(Map.of(), command).exitCode() == 0;
  }

  private static String last(String output) {
    return output.lines().toList().getLast();
  }

  private String run(Path where, String... command) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(where.toFile()).redirectErrorStream(true);
    builder.environment().remove("LD_PRELOAD");
    builder
        .environment()
        .put("PATH", "%s/bin:%s/bin:%s".formatted(directory, JAVA, System.getenv("PATH")));
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), List.of(command) + "\n" + output);
    return output;
  }

  /** The application that the recipes ship. It prints whether it runs on the allocator. */
  private static final class App {
    static final String LINKED = "linked";
    static final String SOURCE =
        """
        import java.nio.file.*;
        class App {
          public static void main(String[] arguments) throws Exception {
            boolean linked = Files.readString(Path.of("/proc/self/maps")).contains("/lib/onemalloc/libmimalloc.so");
            System.out.println(linked ? "linked" : "not linked");
          }
        }
        """;
  }
}
