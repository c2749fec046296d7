package org.onemalloc.objectfile.elf;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * Fills in the addresses to which {@link MachineCode} refers by name, as a linker does: its listing
 * has zeros in their place.
 *
 * <p>On x86-64 the reference is the last four bytes of the instruction, relative to its end. On
 * aarch64 it is the page of an {@code adrp}, the low twelve bits of an {@code add}, or the distance
 * of a {@code b} or {@code bl} (AAELF64, "Relocation").
 */
final class CodeReferences {
  private static final Pattern X86_64 = Pattern.compile("\\b(\\w+)(?:\\(%rip\\)|$)");
  private static final Pattern AARCH64 = Pattern.compile("\\b(\\w+)$");

  private final MachineCode code;
  private final long address;
  private final Map<String, Long> targets;
  private final Set<String> used = new HashSet<>();
  private final ElfBytes out;

  private CodeReferences(MachineCode code, ElfFile model, long address, Map<String, Long> targets) {
    this.code = code;
    this.address = address;
    this.targets = targets;
    this.out = model.header().bytes().over(code.bytes());
  }

  /**
   * Returns the bytes of the code at an address.
   *
   * @param model an x86-64 or aarch64 file
   * @param targets the addresses by their names in the listing
   * @throws ObjectFileException if an address is out of reach
   */
  static byte[] fill(MachineCode code, ElfFile model, long address, Map<String, Long> targets) {
    CodeReferences references = new CodeReferences(code, model, address, targets);
    references.fill(model.machine().equals(ElfMachine.X86_64));
    if (!references.used.equals(targets.keySet())) {
      throw new IllegalArgumentException("the code refers to " + references.used);
    }
    return references.out.array();
  }

  private void fill(boolean isX86) {
    int end = 0;
    for (String line : code.listing().lines().toList()) {
      int bar = line.indexOf('|');
      end += line.substring(0, bar).replace(" ", "").length() / 2;
      Matcher name = (isX86 ? X86_64 : AARCH64).matcher(line.substring(bar + 1).strip());
      if (name.find() && targets.containsKey(name.group(1))) {
        used.add(name.group(1));
        long target = targets.get(name.group(1));
        if (isX86) {
          out.putU32(end - 4L, checked(target - address - end, 1L << 31));
        } else {
          fillAarch64(end - 4, target);
        }
      }
    }
  }

  private void fillAarch64(int at, long target) {
    int instruction = out.i32(at);
    if ((instruction & 0x9f000000) == 0x90000000) { // adrp: 21 bits of pages in two fields
      long pages = checked((target >> 12) - ((address + at) >> 12), 1L << 20);
      instruction |= ((int) (pages & 3) << 29) | ((int) ((pages >> 2) & 0x7ffff) << 5);
    } else if ((instruction & 0xffc00000) == 0x91000000) { // add with a 12-bit immediate
      instruction |= (int) (target & 0xfff) << 10;
    } else if ((instruction & 0x7c000000) == 0x14000000) { // b, bl: 26 bits of words
      instruction |= (int) ((checked(target - address - at, 1L << 27) >> 2) & 0x3ffffff);
    } else {
      throw new IllegalArgumentException("not an instruction that refers: " + instruction);
    }
    out.putU32(at, instruction & 0xffffffffL);
  }

  private static long checked(long distance, long limit) {
    if (distance < -limit || distance >= limit) {
      throw new ObjectFileException("Code and data are too far apart: " + distance + " bytes.");
    }
    return distance;
  }
}
