package org.onemalloc;

import java.nio.file.Path;
import java.util.List;

/**
 * The binding of this process's heap, with the proof.
 *
 * @param allocator the allocator's usual name in lower case, as in {@code jemalloc}, {@code
 *     mimalloc}, {@code tcmalloc}, {@code snmalloc}, {@code glibc}, {@code musl}; {@code unknown}
 *     if it is not recognised
 * @param version the version as the allocator reports it, empty if it does not report one
 * @param file the loaded object that defines the functions, as the loader names it
 * @param sharedWithC whether blocks may be passed to C's {@code free}, and C's blocks freed here;
 *     false for a private heap
 * @param chosenBy the origin of the choice: the artifact's record, the system property, or none
 * @param operations how each operation of the seam is done
 * @param threadCaches one sentence: whether thread caches are on, and why
 * @param proof the checks that were made when binding, with their results, a sentence each
 */
public record Binding(
    String allocator,
    String version,
    Path file,
    boolean sharedWithC,
    String chosenBy,
    List<Operation> operations,
    String threadCaches,
    List<String> proof) {

  /** Creates the record with copies of its lists. */
  public Binding {
    operations = List.copyOf(operations);
    proof = List.copyOf(proof);
  }

  /** How an operation is done. */
  public enum Means {
    /** By the allocator's own function for it. */
    NATIVE,
    /** With malloc, calloc, realloc, free and aligned allocation alone. */
    POLYFILLED
  }

  /**
   * How one operation of the seam is done.
   *
   * @param name the method of {@link Allocator}
   * @param means native or polyfilled
   * @param detail the C functions used, or why the operation is polyfilled
   */
  public record Operation(String name, Means means, String detail) {}

  /**
   * Finds an operation.
   *
   * @param name the method of {@link Allocator}
   * @return how it is done
   * @throws IllegalArgumentException if there is no such operation
   */
  public Operation operation(String name) {
    for (Operation operation : operations) {
      if (operation.name().equals(name)) {
        return operation;
      }
    }
    throw new IllegalArgumentException("The seam has no operation " + name + ".");
  }

  /** Returns the whole record as text, one fact per line. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(allocator).append(version.isEmpty() ? "" : " " + version);
    text.append(" in ").append(file).append('\n');
    text.append(
        sharedWithC ? "  shared with C" : "  private: its blocks must not be passed to C's free");
    text.append("\n  chosen by ").append(chosenBy).append('\n');
    for (Operation operation : operations) {
      text.append("  ").append(operation.name()).append(": ");
      text.append(operation.means() == Means.NATIVE ? "native, " : "polyfilled, ");
      text.append(operation.detail()).append('\n');
    }
    text.append("  thread caches: ").append(threadCaches).append('\n');
    for (String sentence : proof) {
      text.append("  proof: ").append(sentence).append('\n');
    }
    return text.toString();
  }
}
