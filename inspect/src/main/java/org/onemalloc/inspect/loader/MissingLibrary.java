package org.onemalloc.inspect.loader;

/**
 * A library that the loader would not find or would refuse.
 *
 * @param name the requested name
 * @param neededBy the object that needs it; for a preloaded library, the program
 * @param reason one sentence: that it was not found, or what is wrong with it
 * @param fatal false for a library to be preloaded, without which the loader continues
 */
public record MissingLibrary(String name, String neededBy, String reason, boolean fatal) {
  private static final String NOWHERE = " is in none of the directories that are searched.";

  static MissingLibrary absent(String name, String neededBy, boolean fatal) {
    return new MissingLibrary(name, neededBy, name + NOWHERE, fatal);
  }

  /**
   * Returns whether it does not exist.
   *
   * @return false if it exists and was refused
   */
  public boolean isAbsent() {
    return reason.endsWith(NOWHERE);
  }
}
