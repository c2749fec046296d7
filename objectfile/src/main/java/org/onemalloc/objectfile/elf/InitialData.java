package org.onemalloc.objectfile.elf;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.onemalloc.objectfile.ObjectFileException;

/** Changes the initial values of a library's variables. Only for 64-bit files. */
public final class InitialData {
  private InitialData() {}

  /**
   * Returns the words that the loader fills with the address of a string.
   *
   * @param library a shared library
   * @param text the whole string
   * @return the address of each word
   * @throws ObjectFileException if the file is not for a known 64-bit machine
   */
  public static List<Long> pointersTo(ElfFile library, String text) {
    int relative = relative(library);
    byte[] wanted = (text + "\0").getBytes(StandardCharsets.UTF_8);
    List<Long> found = new ArrayList<>();
    for (ElfRelocation relocation : library.relocations()) {
      if (relocation.type() == relative && isAt(library, relocation.addend(), wanted)) {
        found.add(relocation.offset());
      }
    }
    return found;
  }

  private static boolean isAt(ElfFile library, long address, byte[] wanted) {
    int offset = library.header().offsetOf(address, wanted.length);
    byte[] all = library.header().bytes().array();
    return offset >= 0
        && Arrays.equals(all, offset, offset + wanted.length, wanted, 0, wanted.length);
  }

  /**
   * Changes one word.
   *
   * @param library a shared library
   * @param address the address of 8 bytes that are in the file
   * @param value the new value
   * @return the new file
   * @throws ObjectFileException if the address is not in the file
   */
  public static ElfFile put(ElfFile library, long address, long value) {
    ElfBytes bytes = library.header().bytes().over(library.bytes());
    bytes.putI64(library.header().requireOffset(address, 8, "a word"), value);
    return ElfFile.over(bytes.array(), library.name());
  }

  /**
   * Sets the initial value of an exported {@code const char *} variable to a string. The variable
   * itself is usually in .bss, for which a file has no bytes. Therefore another variable takes its
   * name: a new word at the end of the file, with a relocation of its own. The symbol refers to
   * this word.
   *
   * @param library a shared library whose own code accesses the variable through the symbol
   * @param variable its name
   * @param text the string
   * @return the new file
   * @throws ObjectFileException if there is no such variable, the library's code accesses it
   *     without the symbol, or there is no room
   */
  public static ElfFile setString(ElfFile library, String variable, String text) {
    ElfSymbol symbol =
        library.exportsOf(variable).stream()
            .filter(s -> s.type() == ElfSymbol.Type.OBJECT)
            .findFirst()
            .orElseThrow(() -> refusal(library, variable, "it exports no such variable"));
    if (library.relocations().stream().noneMatch(r -> r.symbolIndex() == symbol.index())) {
      throw refusal(library, variable, "its code reaches the variable without the symbol");
    }
    ElfDynamic dynamic = library.dynamic();
    if (dynamic.find(Elf.DT_RELA).isEmpty()) {
      throw refusal(library, variable, "it has no relocations with addends");
    }
    ElfEditor editor = new ElfEditor(library);
    long old = dynamic.find(Elf.DT_RELA).getAsLong();
    int size = Math.toIntExact(dynamic.valueOr(Elf.DT_RELASZ, 0));
    byte[] relocations = Arrays.copyOf(library.bytesAt(old, size), size + 24);
    ElfBlock word = new ElfBlock(new byte[8], 8);
    ElfBlock table = new ElfBlock(relocations, 8);
    byte[] content = (text + "\0").getBytes(StandardCharsets.UTF_8);
    ElfBlock string = new ElfBlock(content, 1);
    editor.placeAtEnd(List.of(word, table, string), true);
    editor.bytes().putI64(table.offset() + size, word.address());
    editor.bytes().putI64(table.offset() + size + 8, relative(library));
    editor.bytes().putI64(table.offset() + size + 16, string.address());
    editor.moveSection(Elf.SHT_RELA, old, table);
    editor.dynamic().set(Elf.DT_RELA, table.address());
    editor.dynamic().set(Elf.DT_RELASZ, table.size());
    long entry = dynamic.find(Elf.DT_SYMTAB).orElseThrow() + 24L * symbol.index();
    editor.bytes().putI64(editor.offsetOf(entry + 8), word.address());
    return ElfFile.over(editor.finish(), library.name());
  }

  /** Returns the type of the relocation that adds the load address, as in glibc's {@code elf.h}. */
  private static int relative(ElfFile library) {
    if (library.is64Bit() && library.machine().equals(ElfMachine.X86_64)) {
      return Elf.R_X86_64_RELATIVE;
    }
    if (library.is64Bit() && library.machine().equals(ElfMachine.AARCH64)) {
      return Elf.R_AARCH64_RELATIVE;
    }
    throw new ObjectFileException(
        "%s is for %s, whose data is not known here."
            .formatted(library.name(), library.machine().name()));
  }

  private static ObjectFileException refusal(ElfFile library, String variable, String why) {
    return new ObjectFileException(
        "The variable %s of %s cannot be set: %s.".formatted(variable, library.name(), why));
  }
}
