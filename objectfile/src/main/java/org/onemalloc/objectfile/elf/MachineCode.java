package org.onemalloc.objectfile.elf;

import java.util.HexFormat;

/**
 * Machine code written down by hand: on each line the bytes, a bar, and the assembly that they are.
 * The bar's left side is what is used; a test assembles the right side and compares.
 *
 * @param listing the lines
 */
record MachineCode(String listing) {
  /** The bytes. */
  byte[] bytes() {
    StringBuilder digits = new StringBuilder();
    listing.lines().forEach(line -> digits.append(line, 0, line.indexOf('|')));
    return HexFormat.of().parseHex(digits.toString().replace(" ", ""));
  }

  /** The assembly. */
  String assembly() {
    StringBuilder text = new StringBuilder();
    listing
        .lines()
        .forEach(line -> text.append(line.substring(line.indexOf('|') + 1).strip()).append('\n'));
    return text.toString();
  }

  /** How many bytes stand before a label. */
  int offsetOf(String label) {
    int line = listing.indexOf("| " + label + ":\n");
    return new MachineCode(listing.substring(0, listing.lastIndexOf('\n', line) + 1))
        .bytes()
        .length;
  }
}
