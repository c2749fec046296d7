package org.onemalloc.compare.command;

/**
 * The user as whom a command starts another, as its words name them.
 *
 * @param user the name or number of the user
 * @param group the name or number of the group; empty for the user's own
 */
public record Account(String user, String group) {
  /** Divides a user and a group with a colon between them, as chown(1) does. */
  static Account of(String words) {
    int colon = words.indexOf(':');
    return colon < 0
        ? new Account(words, "")
        : new Account(words.substring(0, colon), words.substring(colon + 1));
  }
}
