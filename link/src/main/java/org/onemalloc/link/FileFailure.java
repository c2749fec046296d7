package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import org.onemalloc.text.Attributes;

/** What the user can do about a file operation that failed, by the reason that the kernel gives. */
public final class FileFailure {
  private FileFailure() {}

  /**
   * Returns the advice for a failure.
   *
   * @param failure the failure
   * @return a clause that begins with a verb
   */
  public static String advice(IOException failure) {
    return switch (failure) {
      case Attributes.NotCopied _ -> "run onemalloc link as root";
      case AccessDeniedException _ -> "make it writable, then try again";
      case FileSystemException e -> advice(String.valueOf(e.getReason()));
      default -> advice(String.valueOf(failure.getMessage()));
    };
  }

  /** The texts are those of the C locale; under another the last sentence fits all. */
  private static String advice(String reason) {
    return switch (reason) {
      case "Read-only file system" -> "make it writable, then try again";
      case "No space left on device", "Disk quota exceeded" -> "make room, then try again";
      case "Operation not permitted" ->
          "take away the attribute that forbids it (lsattr shows i or a, chattr -i or -a removes"
              + " it), then try again";
      case "Device or resource busy" ->
          "something is mounted there, so it cannot be replaced: link the file itself, before it is"
              + " mounted";
      default -> "remove the cause, then try again";
    };
  }
}
