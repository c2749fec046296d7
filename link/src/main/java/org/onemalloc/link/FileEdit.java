package org.onemalloc.link;

import java.nio.file.Path;
import java.util.List;
import org.onemalloc.allocators.MallocFamily;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.NeededLibraries;
import org.onemalloc.objectfile.elf.NeededLibraries.Change;
import org.onemalloc.objectfile.elf.ProcessLookup;

/**
 * The edit of one file of a target.
 *
 * @param file the new content
 * @param changes whether it differs from the old content
 * @param said a description of the edit, in a few words
 */
record FileEdit(ElfFile file, boolean changes, String said) {

  /** Makes a program or a library take the allocator first. */
  static FileEdit taking(ElfFile file, String needed) {
    NeededLibraries.Edit edit = Naming.first(file, needed);
    return new FileEdit(edit.file(), edit.change() != Change.NONE, said(edit.change()));
  }

  /**
   * Replaces the JDK's libsyslookup.so by a library whose malloc and free are those of the process.
   * With the launcher of this image, they are the linked allocator's; with LD_PRELOAD or another
   * host of the JVM, they are those of the allocator that comes first. Naming the allocator in this
   * library as well would be a second choice of an allocator.
   */
  static FileEdit lookup(ElfFile file, Path path, String needed) {
    if (!ProcessLookup.supports(file)) {
      return taking(file, needed);
    }
    if (ProcessLookup.isOne(file)) {
      return new FileEdit(file, false, "already finds the malloc of the process");
    }
    String soname = file.soname().orElse(path.getFileName().toString());
    List<String> libraries = file.needed().stream().filter(n -> n.indexOf('/') < 0).toList();
    byte[] content = ProcessLookup.create(file, soname, libraries, MallocFamily.OWN_HEAP);
    ElfFile made = ElfFile.of(content, file.name());
    return new FileEdit(made, true, "finds the malloc of the process, whichever that is");
  }

  private static String said(Change change) {
    return switch (change) {
      case NONE -> "already loads it first";
      case REORDERED -> "already needs it, now loads it first";
      case STRINGS_IN_PADDING -> "loads it first; same size";
      case STRING_IN_PADDING -> "loads it first; one more section";
      case STRINGS_AT_END -> "loads it first; string table at the end of the file";
      case DYNAMIC_AT_END -> "loads it first; dynamic section at the end of the file";
    };
  }
}
