package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.onemalloc.cli.Onemalloc.Result;

/**
 * The programs of the matrix. Each prints ok, the file that provides malloc in the process, and the
 * file that serves the program through the seam or Java's lookup.
 */
final class Subjects {
  private static final Path JDK = Path.of(System.getProperty("java.home"));
  private static final String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";

  /** A kind of program. The linked kinds are linked with the given allocator. */
  enum Subject {
    JVM("a JVM"),
    IMAGE("a linked image"),
    LINKED("a linked program"),
    SEAM("a seam executable"),
    PLAIN("a plain program");

    final String words;

    Subject(String words) {
      this.words = words;
    }

    boolean isJava() {
      return this == JVM || this == IMAGE;
    }

    boolean isLinked() {
      return this == IMAGE || this == LINKED || this == SEAM;
    }
  }

  private final Path folder;
  private final Map<String, Path> made = new HashMap<>();

  /**
   * Creates the subjects in a folder, which is made readable to every user.
   *
   * @param folder an empty folder
   */
  Subjects(Path folder) throws IOException {
    this.folder = folder;
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Returns the command that starts a subject. */
  List<String> command(Subject subject, String allocator) throws Exception {
    return switch (subject) {
      case JVM -> java(JDK);
      case IMAGE -> java(image(allocator));
      case LINKED -> List.of(linked("linked", plain(), allocator).toString());
      case SEAM -> List.of(seam(allocator).toString());
      case PLAIN -> List.of(plain().toString());
    };
  }

  private List<String> java(Path home) throws Exception {
    return List.of(home + "/bin/java", NATIVE_ACCESS, "-cp", classes().toString(), "Heaps");
  }

  /** Returns the command of a C program that loads a JVM, of which one or the other is linked. */
  List<String> host(Subject subject, String allocator) throws Exception {
    Path home = subject == Subject.IMAGE ? image(allocator) : JDK;
    Path host = subject == Subject.LINKED ? linked("host", host(), allocator) : host();
    return List.of(host.toString(), home + "/lib/server/libjvm.so", classes().toString());
  }

  private Path host() throws Exception {
    return once(
        "emb",
        file -> {
          assumeTrue(Files.exists(JDK.resolve("include/jni.h")), "this JDK has no jni.h");
          String include = JDK + "/include";
          compile("emb.c", file, "-I" + include, "-I" + include + "/linux", "-ldl");
        });
  }

  /** Returns the command of a launcher that jpackage creates. */
  List<String> application(Subject subject, String allocator) throws Exception {
    Path application =
        once(
            "Heaps" + (subject == Subject.JVM ? "" : "-" + allocator),
            file -> {
              jpackage(file);
              if (subject == Subject.IMAGE) {
                link(file.toString(), "-a", allocator);
              }
            });
    return List.of(application + "/bin/Heaps");
  }

  private void jpackage(Path target) throws Exception {
    assumeTrue(Files.exists(JDK.resolve("bin/jpackage")), "this JDK has no jpackage");
    Path into = Files.createDirectory(folder.resolve("packaged-" + target.getFileName()));
    Path jars = Files.createDirectory(into.resolve("jars"));
    succeed(JDK + "/bin/jar", "-c", "-f", jars + "/heaps.jar", "-C", classes().toString(), ".");
    List<String> words = new ArrayList<>(List.of(JDK + "/bin/jpackage", "--type", "app-image"));
    words.addAll(List.of("--name", "Heaps", "--input", jars.toString()));
    words.addAll(List.of("--main-jar", "heaps.jar", "--main-class", "Heaps"));
    words.addAll(List.of("--java-options", NATIVE_ACCESS, "--dest", into.toString()));
    words.addAll(List.of("--runtime-image", small().toString()));
    succeed(words.toArray(String[]::new));
    Files.move(into.resolve("Heaps"), target);
  }

  private Path classes() throws Exception {
    return once(
        "classes",
        directory -> {
          Path source = resource("Heaps.java.txt", folder.resolve("Heaps.java"));
          succeed(JDK + "/bin/javac", "-d", directory.toString(), source.toString());
        });
  }

  private Path small() throws Exception {
    return once(
        "small",
        image -> {
          assumeTrue(Files.exists(JDK.resolve("bin/jlink")), "this JDK has no jlink");
          List<String> words =
              List.of("--add-modules", "java.base", "--strip-java-debug-attributes", "--output");
          List<String> all = new ArrayList<>(List.of(JDK + "/bin/jlink"));
          all.addAll(words);
          all.add(image.toString());
          succeed(all.toArray(String[]::new));
        });
  }

  private Path image(String allocator) throws Exception {
    return once(
        "image-" + allocator,
        image -> {
          succeed("cp", "-a", small().toString(), image.toString());
          link(image.toString(), "-a", allocator);
        });
  }

  private Path plain() throws Exception {
    return once("plain", file -> compile("heaps.c", file, "-ldl"));
  }

  private Path linked(String name, Path program, String allocator) throws Exception {
    return once(
            name + "-" + allocator,
            directory -> {
              Files.createDirectory(directory);
              Files.copy(program, directory.resolve("program"));
              link(directory + "/program", "-a", allocator);
            })
        .resolve("program");
  }

  private Path seam(String allocator) throws Exception {
    return once(
            "seam-" + allocator,
            directory -> {
              Files.createDirectory(directory);
              Tools.require("cc");
              Path source = resource("heaps.c", folder.resolve("seam.c"));
              Path include = Path.of("../native/include").toAbsolutePath().normalize();
              List<String> words = new ArrayList<>(List.of("--kind", "executable"));
              words.addAll(List.of("-a", allocator, "--", "cc", "-O1", "-DSEAM"));
              words.addAll(List.of("-I" + include, source.toString(), "-ldl"));
              words.addAll(List.of("-o", directory + "/program"));
              link(words.toArray(String[]::new));
            })
        .resolve("program");
  }

  /** Creates a script that starts a command and waits for it. */
  Path script(List<String> command) throws IOException {
    Path script = Files.createTempFile(folder, "start", ".sh");
    Files.writeString(script, "#!/bin/sh\n'%s'\n".formatted(String.join("' '", command)));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return script;
  }

  private interface Making {
    void make(Path file) throws Exception;
  }

  private Path once(String name, Making making) throws Exception {
    Path there = made.get(name);
    if (there == null) {
      there = folder.resolve(name);
      making.make(there);
      made.put(name, there);
    }
    return there;
  }

  private void compile(String source, Path output, String... flags) throws Exception {
    Tools.require("cc");
    List<String> words = new ArrayList<>(List.of("cc", "-O1", "-fno-builtin"));
    words.addAll(List.of("-o", output.toString()));
    words.add(resource(source, folder.resolve(source)).toString());
    words.addAll(List.of(flags));
    succeed(words.toArray(String[]::new));
  }

  private static Path resource(String name, Path file) throws IOException {
    try (InputStream in = Subjects.class.getResourceAsStream(name)) {
      return Files.write(file, in.readAllBytes());
    }
  }

  private static void link(String... words) throws Exception {
    List<String> all = new ArrayList<>(List.of("link"));
    all.addAll(List.of(words));
    Result result = Onemalloc.run(all.toArray(String[]::new));
    assertEquals(0, result.exitCode(), result.err());
  }

  private static void succeed(String... words) throws Exception {
    Result result = Onemalloc.run(Map.of(), List.of(words));
    assertEquals(0, result.exitCode(), String.join(" ", words) + "\n" + result.err());
  }
}
