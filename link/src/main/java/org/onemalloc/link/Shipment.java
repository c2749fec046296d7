package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.onemalloc.allocators.Choice;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * The allocator of a program that is being built, shipped beside the program. The record is the
 * same as that of {@link Link} for a program that is built already, so {@code --verify} and the
 * seam find it.
 */
public final class Shipment {
  private final Target target;
  private final ShippedLibrary shipped;

  private Shipment(Target target, ShippedLibrary shipped) {
    this.target = target;
    this.shipped = shipped;
  }

  /**
   * Plans a shipment. Nothing is written.
   *
   * @param choice the allocator, and whether its profile is built in
   * @param program the path that the program will have; its directory must exist
   * @return the plan
   * @throws LinkException if the allocator cannot be linked
   * @throws IOException if the program's directory cannot be read
   */
  public static Shipment of(Choice choice, Path program) throws IOException {
    Path named = program.toAbsolutePath();
    Path file =
        Files.exists(named) // linkers write through a symbolic link
            ? named.toRealPath()
            : Objects.requireNonNull(named.getParent()).toRealPath().resolve(named.getFileName());
    return new Shipment(Target.program(file), ShippedLibrary.of(choice, true));
  }

  /**
   * Returns the library as it will be shipped.
   *
   * @return the content of the library; its name is the path of the source
   */
  public ElfFile file() {
    return shipped.file();
  }

  /**
   * Returns the path that the library will have.
   *
   * @return an absolute path
   */
  public Path library() {
    return target.home().resolve(shipped.fileName());
  }

  /**
   * Returns the name by which the program needs the library, so that both can be copied anywhere
   * together.
   *
   * @return a DT_NEEDED entry with {@code $ORIGIN}
   */
  public String needed() {
    return Naming.needed(target.root(), library());
  }

  /**
   * Writes the library and what belongs to it, as far as it is not there already.
   *
   * @return the files and directories that were written, for {@link #takeBack}
   * @throws LinkException if another build with that name exists, which other programs may use
   * @throws IOException if it cannot be written
   */
  public List<Path> install() throws IOException {
    try (TargetLock _ = TargetLock.of(target.base())) {
      Surroundings.check(target.root(), target);
      return installed();
    }
  }

  private List<Path> installed() throws IOException {
    String wanted = SafeFiles.sha256(shipped.file().bytes());
    if (Files.exists(library()) && !SafeFiles.sha256(library()).equals(wanted)) {
      throw LinkException.unusable(
          library()
              + " is another build, which a program beside it may use: remove it, or give the"
              + " new program a directory of its own.");
    }
    shipped.companions().check(target.home());
    List<Path> directories = SafeFiles.createDirectories(target.home(), target.root().getParent());
    List<Path> written = new ArrayList<>(shipped.companions().write(target.home()));
    if (SafeFiles.supply(library(), shipped.file().bytes(), "rwxr-xr-x")) {
      written.add(library());
    }
    Optional<Path> licence = shipped.licenceFor(target.home(), new TreeMap<>());
    if (licence.isPresent()) {
      byte[] text = Files.readAllBytes(shipped.licence().orElseThrow());
      if (SafeFiles.supply(licence.get(), text, "rw-r--r--")) {
        written.add(licence.get());
      }
    }
    SafeFiles.flush(target.home());
    written.addAll(directories);
    return written;
  }

  /**
   * Writes the library for another path of the same program as well.
   *
   * @param program the other path of the program
   * @throws LinkException if another build with that name exists
   * @throws IOException if it cannot be written
   */
  public void installAlso(Path program) throws IOException {
    List<Path> _ = new Shipment(Target.program(program), shipped).install();
  }

  /**
   * Writes the record beside the library.
   *
   * @param built the program, under its final name
   * @param tool the version of the tool
   * @throws IOException if it cannot be written
   */
  public void record(Path built, String tool) throws IOException {
    SortedMap<String, String> values = shipped.record();
    values.put("tool", tool);
    values.put("linked." + target.nameOf(target.root()), SafeFiles.sha256(built));
    values.put(ChoiceRecord.PROGRAM, target.home().relativize(target.root()).toString());
    try (TargetLock _ = TargetLock.of(target.base())) {
      Surroundings.check(target.root(), target);
      List<Path> _ = installed(); // a step that failed in the meantime may have removed it
      SafeFiles.write(target.record(), new ChoiceRecord(values).content(), "rw-r--r--");
      SafeFiles.flush(target.home());
    }
  }

  /**
   * Removes what was written after a link step that failed, unless another program uses it.
   *
   * @param written the result of {@link #install}
   * @throws IOException if a file cannot be removed
   */
  public void takeBack(List<Path> written) throws IOException {
    try (TargetLock _ = TargetLock.of(target.base())) {
      OwnFiles own = new OwnFiles(target, Optional.of(new ChoiceRecord(shipped.record())));
      boolean isUsed = own.isShared() || Files.exists(target.record());
      for (Path file : isUsed ? List.<Path>of() : written) {
        try {
          Files.deleteIfExists(file);
        } catch (DirectoryNotEmptyException _) {
          // another program put something there in the meantime
        }
      }
    }
  }
}
