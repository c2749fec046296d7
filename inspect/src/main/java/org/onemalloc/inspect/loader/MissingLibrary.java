package org.onemalloc.inspect.loader;

/**
 * A library that the loader would not find, or not accept.
 *
 * @param name the name it was asked for by
 * @param neededBy the object that needs it; for a preloaded library, the program
 * @param reason one sentence: where it was not, or what is wrong with it
 * @param fatal false for what was only to be preloaded, which the loader then does without
 */
public record MissingLibrary(String name, String neededBy, String reason, boolean fatal) {
  private static final String NOWHERE = " is in none of the directories that are searched.";

  static MissingLibrary absent(String name, String neededBy, boolean fatal) {
    return new MissingLibrary(name, neededBy, name + NOWHERE, fatal);
  }

  /**
   * Whether it is not there at all.
   *
   * @return false where it is there and was refused
   */
  public boolean isAbsent() {
    return reason.endsWith(NOWHERE);
  }
}
