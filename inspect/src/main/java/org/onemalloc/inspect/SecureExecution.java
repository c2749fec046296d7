package org.onemalloc.inspect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.onemalloc.text.ExtendedAttribute;

/**
 * Programs that run with more rights than the user who starts them. For these the loader ignores
 * settings that could be used to misuse the rights, among them LD_PRELOAD (ld.so(8),
 * "Secure-execution mode").
 */
public final class SecureExecution {
  private static final int SET_USER_ID = 04000;
  private static final int SET_GROUP_ID = 02000;

  private SecureExecution() {}

  /**
   * Returns the reason why a program is one of them, such as {@code it is setuid}; empty for an
   * ordinary one.
   */
  static Optional<String> reason(Path program) {
    try {
      int mode = (int) Files.getAttribute(program, "unix:mode");
      if ((mode & SET_USER_ID) != 0) {
        return Optional.of("it is setuid");
      }
      if ((mode & SET_GROUP_ID) != 0) {
        return Optional.of("it is setgid");
      }
      return hasCapabilities(program) ? Optional.of("it has file capabilities") : Optional.empty();
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  /**
   * Returns whether a file has capabilities(7).
   *
   * @param program the file; a symbolic link is followed
   * @return false if the file has none, or its file system does not support them
   */
  public static boolean hasCapabilities(Path program) {
    return ExtendedAttribute.CAPABILITIES.isOn(program);
  }
}
