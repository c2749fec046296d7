package org.onemalloc.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The options of {@code compare} that change the command or its environment. */
final class ChangedCommand {
  private static final Pattern VARIABLE =
      Pattern.compile("([^:]+):([A-Za-z_][A-Za-z0-9_]*)=(.*)", Pattern.DOTALL);

  private ChangedCommand() {}

  /**
   * Returns the command that runs another one as a user.
   *
   * @param user the user's name or number; null for the one that there is
   */
  static List<String> asUser(String user, List<String> command) {
    if (user == null) {
      return command;
    }
    List<String> words =
        new ArrayList<>(
            List.of("setpriv", "--reuid=" + user, "--regid=" + group(user), "--init-groups", "--"));
    words.addAll(command);
    return words;
  }

  /** Returns the number of the user's own group. */
  private static String group(String user) {
    try {
      Process id =
          new ProcessBuilder("id", "-g", "--", user)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String said = new String(id.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (id.waitFor() != 0) {
        throw new UsageException("--user " + user + ": there is no such user.");
      }
      return said;
    } catch (IOException e) {
      throw new UsageException("--user needs id(1): " + e.getMessage() + ".");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UsageException("--user " + user + ": interrupted.");
    }
  }

  /** Returns the variables of each variant, by its name. */
  static Map<String, Map<String, String>> environments(List<String> options) {
    Map<String, Map<String, String>> all = new LinkedHashMap<>();
    for (String option : options) {
      Matcher variable = VARIABLE.matcher(option);
      if (!variable.matches()) {
        throw new UsageException("--env " + option + " is not VARIANT:NAME=VALUE.");
      }
      all.computeIfAbsent(variable.group(1), _ -> new LinkedHashMap<>())
          .put(variable.group(2), variable.group(3));
    }
    return all;
  }
}
