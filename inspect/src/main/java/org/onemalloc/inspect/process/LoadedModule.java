package org.onemalloc.inspect.process;

import java.util.List;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfSegment;

/**
 * A program or library that the loader has mapped into a process.
 *
 * @param path its name in the process
 * @param file its content
 * @param mappings its mappings, by address
 * @param base the difference of addresses in memory and in the file
 */
record LoadedModule(String path, ElfFile file, List<Mapping> mappings, long base) {

  /** Returns a module whose base is computed from the mapping of its first segment. */
  static LoadedModule of(String path, ElfFile file, List<Mapping> mappings) {
    return new LoadedModule(path, file, List.copyOf(mappings), base(file, mappings.getFirst()));
  }

  private static long base(ElfFile file, Mapping first) {
    for (ElfSegment segment : file.segments()) {
      if (segment.isLoad()) {
        return first.start() - (segment.virtualAddress() + first.offset() - segment.offset());
      }
    }
    return first.start();
  }

  LoadedModule at(long newBase) {
    return new LoadedModule(path, file, mappings, newBase);
  }

  boolean contains(long address) {
    return mappings.stream().anyMatch(mapping -> mapping.contains(address));
  }

  int wordBytes() {
    return file.is64Bit() ? Long.BYTES : Integer.BYTES;
  }
}
