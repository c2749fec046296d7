package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the files that processes have mapped. What is read of a file is kept, so that thousands of
 * processes of the same programs cost little. Not thread-safe.
 *
 * <p>The name of a mapped file is only a hint: it belongs to the root directory and the mounts of
 * the process, and may name another file by now. A file is used if its device and inode are those
 * of the mapping.
 */
final class KnownFiles {
  private final Map<String, FileFacts> facts = new HashMap<>();
  private final Map<Object, Optional<MappedFile>> shown = new HashMap<>();

  /**
   * Returns the facts of a file that a live process has mapped.
   *
   * @param mapping one of its mappings
   * @return the facts; empty if the file can no longer be read
   * @throws IOException if the process has ended, or may not be examined
   */
  Optional<FileFacts> of(ProcessFiles files, Mapping mapping, boolean program) throws IOException {
    try {
      Path named = files.file(mapping.mapped().formerName());
      if (is(named, mapping.mapped())) {
        return Optional.of(facts(named, program));
      }
      Path mapped = files.mapped(mapping);
      return Files.isReadable(mapped) ? Optional.of(facts(mapped, program)) : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    } catch (IOException e) {
      if (!files.exist()) {
        throw new IOException("it has ended", e);
      }
      throw e;
    }
  }

  /**
   * Returns the facts of a file that a process mapped, which may have ended. A file that was
   * removed is read through the mapping: many Java libraries extract their native part, load it,
   * and remove it at once.
   *
   * @param pid its process id
   * @return the facts; empty if the file was removed or replaced, or lies in another root
   *     directory, and the process has ended
   */
  Optional<FileFacts> of(long pid, MappedFile mapped, boolean program) {
    String name = mapped.formerName();
    for (String root : List.of("/proc/" + pid + "/root", "")) {
      try {
        Path file = Path.of(root + name);
        if (is(file, mapped)) {
          return Optional.of(facts(file, program));
        }
      } catch (IOException | InvalidPathException e) {
        // the next one
      }
    }
    try {
      for (Mapping mapping : Mapping.of(pid)) {
        if (mapping.mapped().isSameFile(mapped)) {
          return of(new ProcessFiles(pid), mapping, program);
        }
      }
    } catch (IOException e) {
      // it has ended
    }
    return Optional.empty();
  }

  private boolean is(Path file, MappedFile mapped) throws IOException {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    MappedFile found = MappedFile.of(file);
    return found.isSameFile(mapped)
        || (found.device() != mapped.device()
            && shown(file).filter(mapped::isSameFile).isPresent());
  }

  private Optional<MappedFile> shown(Path file) throws IOException {
    Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    return shown.computeIfAbsent(key, any -> MappedFile.asMapped(file));
  }

  private FileFacts facts(Path file, boolean program) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    String key = attributes.fileKey() + " " + attributes.lastModifiedTime();
    FileFacts known = facts.get(key);
    if (known == null || (program && !known.isProgram())) {
      known = FileFacts.of(file, program);
      facts.put(key, known);
    }
    return known;
  }
}
