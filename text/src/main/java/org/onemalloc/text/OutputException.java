package org.onemalloc.text;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.List;

/**
 * Thrown when an output cannot be written. The message is for the user: one sentence for each
 * output, each on its own line. The command then ends with exit code 2.
 */
public final class OutputException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> sentences;

  OutputException(String sentence) {
    this(sentence, null);
  }

  OutputException(String sentence, Throwable cause) {
    super(sentence, cause);
    this.sentences = List.of(sentence);
  }

  OutputException(List<OutputException> failures) {
    super(
        String.join("\n", failures.stream().map(OutputException::getMessage).toList()),
        failures.getFirst());
    this.sentences = failures.stream().flatMap(e -> e.sentences.stream()).toList();
  }

  /**
   * Returns the sentences of the message, one by one.
   *
   * @return one sentence for each output
   */
  public List<String> sentences() {
    return sentences;
  }

  /**
   * Returns the reason why an operation on a file failed: the system's message without the file
   * name.
   */
  static String why(Throwable failure) {
    return switch (failure) {
      case AccessDeniedException _ -> "permission denied";
      case NoSuchFileException _ -> "its directory is gone";
      case FileSystemException e when e.getReason() != null -> lower(e.getReason());
      case ReadOnlyFileSystemException _ -> "the file system is read-only";
      default -> failure.getMessage() == null ? failure.toString() : lower(failure.getMessage());
    };
  }

  private static String lower(String words) {
    return words.isEmpty() ? words : Character.toLowerCase(words.charAt(0)) + words.substring(1);
  }
}
