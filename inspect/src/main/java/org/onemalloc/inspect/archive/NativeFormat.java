package org.onemalloc.inspect.archive;

/** The formats of native files, recognised by their first bytes. */
public enum NativeFormat {
  /** Linux, the BSDs. */
  ELF("elf"),
  /** macOS, thin or fat. */
  MACHO("macho"),
  /** Windows. */
  PE("pe");

  private final String label;

  NativeFormat(String label) {
    this.label = label;
  }

  /** Returns the name of the format in results: {@code elf}, {@code macho} or {@code pe}. */
  public String label() {
    return label;
  }
}
