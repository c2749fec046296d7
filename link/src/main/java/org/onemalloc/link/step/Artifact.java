package org.onemalloc.link.step;

/** The kinds of final artifact that a link step makes. */
enum Artifact {
  EXECUTABLE("an executable"),
  STATIC_EXECUTABLE("a fully static executable"),
  SHARED("a shared library");

  private final String words;

  Artifact(String words) {
    this.words = words;
  }

  String words() {
    return words;
  }

  boolean isExecutable() {
    return this != SHARED;
  }
}
