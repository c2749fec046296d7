package org.onemalloc.objectfile.elf;

import java.util.HexFormat;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * Machine code written by hand: each line has the bytes, a bar, and the corresponding assembly. The
 * bytes on the left of the bar are used; a test assembles the right side and compares the results.
 *
 * @param listing the lines
 */
record MachineCode(String listing) {
  /**
   * Returns the code for the machine of a file.
   *
   * @throws ObjectFileException if {@link ProcessLookup#supports} returns false
   */
  static MachineCode of(ElfFile model, MachineCode x86, MachineCode aarch64) {
    if (!ProcessLookup.supports(model)) {
      throw new ObjectFileException(
          "No library for Java's default lookup can be made for %s: it has code for x86-64 and aarch64 alone."
              .formatted(model.machine().name()));
    }
    return model.machine().equals(ElfMachine.X86_64) ? x86 : aarch64;
  }

  /** Returns the bytes. */
  byte[] bytes() {
    StringBuilder digits = new StringBuilder();
    listing.lines().forEach(line -> digits.append(line, 0, line.indexOf('|')));
    return HexFormat.of().parseHex(digits.toString().replace(" ", ""));
  }

  /** Returns the assembly. */
  String assembly() {
    StringBuilder text = new StringBuilder();
    listing
        .lines()
        .forEach(line -> text.append(line.substring(line.indexOf('|') + 1).strip()).append('\n'));
    return text.toString();
  }

  /** Returns the number of bytes before a label. */
  int offsetOf(String label) {
    int line = listing.indexOf("| " + label + ":\n");
    return new MachineCode(listing.substring(0, listing.lastIndexOf('\n', line) + 1))
        .bytes()
        .length;
  }
}
