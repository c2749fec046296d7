package org.onemalloc.link;

import java.nio.file.Path;
import java.util.List;
import org.onemalloc.allocators.MallocFamily;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.NeededLibraries;
import org.onemalloc.objectfile.elf.NeededLibraries.Change;
import org.onemalloc.objectfile.elf.ProcessLookup;

/**
 * What becomes of one file of a target.
 *
 * @param file the new content
 * @param changes whether it is another than the file has
 * @param said what is done, in a few words
 */
record FileEdit(ElfFile file, boolean changes, String said) {

  /** A program, or a library, takes the allocator first. */
  static FileEdit taking(ElfFile file, String needed) {
    NeededLibraries.Edit edit = NeededLibraries.first(file, needed);
    return new FileEdit(edit.file(), edit.change() != Change.NONE, said(edit.change()));
  }

  /**
   * The JDK's libsyslookup.so gives way to one whose malloc and free are the process's: the linked
   * allocator's when this image's launcher runs, and those of whoever else has come first, by
   * LD_PRELOAD or as the host of the JVM. Naming the allocator there would be a second choice.
   */
  static FileEdit lookup(ElfFile file, Path path, String needed) {
    if (!ProcessLookup.supports(file)) {
      return taking(file, needed);
    }
    if (ProcessLookup.isOne(file)) {
      return new FileEdit(file, false, "finds the malloc of the process already");
    }
    String soname = file.soname().orElse(path.getFileName().toString());
    List<String> libraries = file.needed().stream().filter(n -> n.indexOf('/') < 0).toList();
    byte[] content = ProcessLookup.create(file, soname, libraries, MallocFamily.ALL);
    ElfFile made = ElfFile.of(content, file.name());
    return new FileEdit(made, true, "finds the malloc of the process, whichever that is");
  }

  private static String said(Change change) {
    return switch (change) {
      case NONE -> "takes it first already";
      case REORDERED -> "needs it already, now first";
      case STRINGS_IN_PADDING -> "takes it first; same size";
      case STRING_IN_PADDING -> "takes it first; one section more";
      case STRINGS_AT_END -> "takes it first; string table at the end of the file";
      case DYNAMIC_AT_END -> "takes it first; dynamic section at the end of the file";
    };
  }
}
