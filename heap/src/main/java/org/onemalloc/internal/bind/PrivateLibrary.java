package org.onemalloc.internal.bind;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.onemalloc.HeapError;
import org.onemalloc.internal.system.Platform;

/** The library of a private heap: the named file, or LWJGL's natives on the class path. */
public final class PrivateLibrary {
  private PrivateLibrary() {}

  /** Returns the prefix of all names in a private copy. */
  public static String prefix(String allocator) {
    return switch (allocator) {
      case "jemalloc" -> "je_";
      case "mimalloc" -> "mi_";
      default ->
          throw new HeapError(
              "There is no private heap of "
                  + allocator
                  + ": the system property "
                  + Choice.PROPERTY
                  + " takes private:mimalloc and private:jemalloc.");
    };
  }

  public static String resource(Platform platform, String allocator) {
    return platform.system()
        + "/"
        + platform.processor()
        + "/org/lwjgl/"
        + allocator
        + "/"
        + platform.library(allocator);
  }

  /** Returns the file to load; one taken from the class path is deleted when the JVM exits. */
  public static Path file(Choice choice, Platform platform) {
    if (!choice.privateFile().isEmpty()) {
      return Path.of(choice.privateFile()).toAbsolutePath();
    }
    String name = resource(platform, choice.privateName());
    try (InputStream in = ClassLoader.getSystemResourceAsStream(name)) {
      if (in == null) {
        throw new HeapError(
            "The private heap "
                + choice.privateName()
                + " is not on the class path: add org.lwjgl:lwjgl-"
                + choice.privateName()
                + " with this platform's natives classifier (resource "
                + name
                + "), or name the library with -D"
                + Choice.PROPERTY
                + "=private:"
                + choice.privateName()
                + ",FILE.");
      }
      Path file = Files.createTempFile("onemalloc-", "-" + platform.library(choice.privateName()));
      file.toFile().deleteOnExit();
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
      return file;
    } catch (IOException e) {
      throw new HeapError(
          "The private heap's library cannot be copied to "
              + System.getProperty("java.io.tmpdir")
              + ": make room there, or name the library in the system property "
              + Choice.PROPERTY
              + ".",
          e);
    }
  }
}
