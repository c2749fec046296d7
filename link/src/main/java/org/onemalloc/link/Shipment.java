package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.onemalloc.allocators.Choice;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * The allocator of a program that is being built: shipped beside it, as {@link Link} does for one
 * that is built already, so that {@code --verify} and the seam find the same record.
 */
public final class Shipment {
  private final Target target;
  private final ShippedLibrary shipped;

  private Shipment(Target target, ShippedLibrary shipped) {
    this.target = target;
    this.shipped = shipped;
  }

  /**
   * Plans what is shipped; nothing is written.
   *
   * @param choice the allocator, and whether with its profile built in
   * @param program where the program will be; its directory exists
   * @return the plan
   * @throws LinkException if the allocator cannot be linked
   * @throws IOException if the program's directory cannot be read
   */
  public static Shipment of(Choice choice, Path program) throws IOException {
    Path file = Objects.requireNonNull(program.toAbsolutePath().getParent()).toRealPath();
    return new Shipment(
        Target.program(file.resolve(program.getFileName())), ShippedLibrary.of(choice));
  }

  /**
   * The library, as it will be shipped.
   *
   * @return its content; the name is where it came from
   */
  public ElfFile file() {
    return shipped.file();
  }

  /**
   * Where the library will be.
   *
   * @return an absolute path
   */
  public Path library() {
    return target.home().resolve(shipped.fileName());
  }

  /**
   * How the program names it, so that both can be copied anywhere together.
   *
   * @return a DT_NEEDED entry with {@code $ORIGIN}
   */
  public String needed() {
    return Naming.needed(target.root(), library());
  }

  /**
   * Writes the library, where it is not there already.
   *
   * @return whether it was written
   * @throws LinkException if another build of that name is there, which other programs use
   * @throws IOException if it cannot be written
   */
  public boolean install() throws IOException {
    try (TargetLock _ = TargetLock.of(target.base())) {
      Surroundings.check(target);
      return installed();
    }
  }

  private boolean installed() throws IOException {
    String wanted = SafeFiles.sha256(shipped.file().bytes());
    if (Files.exists(library())) {
      if (!SafeFiles.sha256(library()).equals(wanted)) {
        throw LinkException.unusable(
            library()
                + " is another build, which a program beside it may use: remove it, or give the"
                + " new program a directory of its own.");
      }
      return false;
    }
    SafeFiles.createDirectories(target.home(), target.root().getParent());
    SafeFiles.write(library(), shipped.file().bytes(), "rwxr-xr-x");
    Optional<Path> licence = shipped.licenceFor(target.home(), new TreeMap<>());
    if (licence.isPresent()) {
      byte[] text = Files.readAllBytes(shipped.licence().orElseThrow());
      SafeFiles.write(licence.get(), text, "rw-r--r--");
    }
    SafeFiles.flush(target.home());
    return true;
  }

  /**
   * Writes the library for another place of the same program as well.
   *
   * @param program where the program will also be
   * @throws LinkException if another build of that name is there
   * @throws IOException if it cannot be written
   */
  public void installAlso(Path program) throws IOException {
    new Shipment(Target.program(program), shipped).install();
  }

  /**
   * Writes the record beside the library.
   *
   * @param built the program under its own name
   * @param tool the version of the tool
   * @throws IOException if it cannot be written
   */
  public void record(Path built, String tool) throws IOException {
    SortedMap<String, String> values = shipped.record();
    values.put("tool", tool);
    values.put("linked." + target.nameOf(target.root()), SafeFiles.sha256(built));
    values.put(ChoiceRecord.PROGRAM, target.home().relativize(target.root()).toString());
    try (TargetLock _ = TargetLock.of(target.base())) {
      boolean _ = installed(); // a step that failed meanwhile may have taken it back
      SafeFiles.write(target.record(), new ChoiceRecord(values).content(), "rw-r--r--");
      SafeFiles.flush(target.home());
    }
  }

  /**
   * Removes the library again, for a program that did not come out, unless another one uses it.
   *
   * @throws IOException if it cannot be removed
   */
  public void takeBack() throws IOException {
    try (TargetLock _ = TargetLock.of(target.base())) {
      boolean there = Files.isDirectory(target.home());
      if (there
          && !new OwnFiles(target, Optional.of(new ChoiceRecord(shipped.record()))).isShared()) {
        Files.deleteIfExists(library());
      }
    }
  }
}
