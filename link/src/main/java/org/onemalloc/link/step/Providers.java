package org.onemalloc.link.step;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;

/** The shared libraries that a link step names. */
final class Providers {
  private Providers() {}

  static boolean anyDefines(Words words, List<String> names) {
    return of(words).stream().anyMatch(file -> names.stream().allMatch(file::exports));
  }

  /**
   * Returns the libraries that exist: those named by a path, and those named by {@code -l} and
   * found in a directory of {@code -L}.
   */
  static List<ElfFile> of(Words words) {
    List<Path> candidates = new ArrayList<>();
    words.inputs().forEach(input -> candidates.add(Path.of(input)));
    for (String word : words.all()) {
      if (word.startsWith("-l")) {
        for (String directory : words.libraryDirectories()) {
          candidates.add(Path.of(directory, "lib" + word.substring(2) + ".so"));
        }
      }
    }
    List<ElfFile> files = new ArrayList<>();
    for (Path candidate : candidates) {
      try {
        if (Files.isRegularFile(candidate)) {
          ElfFile file = ElfFile.read(candidate);
          if (file.isDynamic()) {
            files.add(file);
          }
        }
      } catch (ObjectFileException | IOException e) {
        // an archive, a linker script or text, not a shared library
      }
    }
    return files;
  }
}
