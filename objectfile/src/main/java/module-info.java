/** Object files: ELF read and edited, byte for byte. */
module onemalloc.objectfile {
  exports org.onemalloc.objectfile;
  exports org.onemalloc.objectfile.elf;
  exports org.onemalloc.objectfile.macho;
  exports org.onemalloc.objectfile.pe;
}
