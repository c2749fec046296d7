package org.onemalloc.compare.report;

/** Colours for a terminal, or none. */
enum Style {
  PLAIN,
  ANSI;

  String bold(String text) {
    return paint("1", text);
  }

  String dim(String text) {
    return paint("2", text);
  }

  String better(String text) {
    return paint("1;32", text);
  }

  String worse(String text) {
    return paint("1;31", text);
  }

  private String paint(String code, String text) {
    return this == PLAIN || text.isBlank() ? text : "\u001b[" + code + "m" + text + "\u001b[0m";
  }
}
