package org.onemalloc.inspect.archive;

/** The kinds of native file that are found, told apart by their first bytes. */
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

  /** The format as results name it: {@code elf}, {@code macho} or {@code pe}. */
  public String label() {
    return label;
  }
}
