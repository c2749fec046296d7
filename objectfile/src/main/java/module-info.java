/** Reads object files (ELF, PE, Mach-O), and edits ELF files byte by byte. */
module onemalloc.objectfile {
  requires onemalloc.text;

  exports org.onemalloc.objectfile;
  exports org.onemalloc.objectfile.elf;
  exports org.onemalloc.objectfile.macho;
  exports org.onemalloc.objectfile.pe;
}
