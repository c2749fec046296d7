package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** An application made by jpackage, which prints a word. */
final class JpackageApplication {
  private JpackageApplication() {}

  static Path make(Path directory, Path runtime) throws IOException, InterruptedException {
    Path tools = Path.of(System.getProperty("java.home"), "bin");
    Assumptions.assumeTrue(
        Files.exists(tools.resolve("jpackage")), "why: this JDK has no jpackage");
    Path source = Files.createDirectory(directory.resolve("source"));
    Files.writeString(
        source.resolve("Who.java"),
        "public class Who { public static void main(String[] a) { System.out.println(\"hello\"); } }");
    Path classes = Files.createDirectory(directory.resolve("classes"));
    Tools.succeed(tools + "/javac", "-d", classes.toString(), source + "/Who.java");
    Path jars = Files.createDirectory(directory.resolve("jars"));
    Tools.succeed(
        tools + "/jar", "--create", "--file", jars + "/who.jar", "-C", classes.toString(), ".");
    Tools.succeed(
        tools + "/jpackage",
        "--type",
        "app-image",
        "--name",
        "Who",
        "--input",
        jars.toString(),
        "--main-jar",
        "who.jar",
        "--main-class",
        "Who",
        "--runtime-image",
        runtime.toString(),
        "--dest",
        directory.toString());
    Path application = directory.resolve("Who");
    Path launchers = application.resolve("lib/runtime/bin");
    Tools.succeed("rm", "-rf", launchers.toString());
    return application;
  }
}
