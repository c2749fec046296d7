package org.onemalloc.profile;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.objectfile.elf.ElfPrograms;
import org.onemalloc.objectfile.elf.GlibcNames;

/**
 * Determines the part of a program to which a stack belongs: the part that decided to allocate, not
 * the part whose code called malloc.
 *
 * <ul>
 *   <li>A native library other than the JVM and C's own: that library. {@code libc.so} and {@code
 *       libstdc++.so} only pass on what their callers ask ({@code strdup}, {@code operator new}).
 *   <li>Java code that takes native memory through the JDK ({@code Unsafe.allocateMemory} for
 *       direct buffers and arenas): the package of the first method that is not the JDK's.
 *   <li>Everything else in libjvm: the JVM itself.
 * </ul>
 */
final class Parts {
  static final String JVM = "the JVM";
  static final String UNKNOWN = "unknown";

  /** The name of the table row for held memory that the recording does not explain. */
  static final String UNSEEN = "(not seen)";

  private static final List<String> PASS_ON =
      List.of("libasyncProfiler", "libstdc++", "libpthread");

  /** The only class through which the JDK calls malloc from Java, now and in JDK 8. */
  private static final Set<String> DOORS = Set.of("jdk.internal.misc.Unsafe", "sun.misc.Unsafe");

  private Parts() {}

  /**
   * Returns the name of the part.
   *
   * @param stack the stack, innermost frame first
   */
  static String of(List<StackFrame> stack) {
    List<StackFrame> asking = stack.stream().dropWhile(Parts::passesOn).toList();
    if (asking.isEmpty()) {
      return UNKNOWN;
    }
    StackFrame first = asking.getFirst();
    if (!first.isJava() && !first.isOf("libjvm.so")) {
      return first.owner().isEmpty() ? UNKNOWN : first.owner();
    }
    Optional<StackFrame> java = asking.stream().filter(StackFrame::isJava).findFirst();
    if (java.isEmpty() || !DOORS.contains(java.get().owner())) {
      return JVM;
    }
    return caller(asking).map(f -> "Java: " + packageOf(f.owner())).orElse("Java: the JDK");
  }

  private static boolean passesOn(StackFrame frame) {
    return !frame.isJava()
        && (PASS_ON.stream().anyMatch(frame::isOf)
            || GlibcNames.isLibc(frame.owner())
            || ElfPrograms.isLoader(frame.owner()));
  }

  /** Returns the innermost Java method outside the JDK, which caused the allocation. */
  static Optional<StackFrame> caller(List<StackFrame> stack) {
    return stack.stream().filter(f -> f.isJava() && !f.isOfJdk()).findFirst();
  }

  private static String packageOf(String type) {
    int dot = type.lastIndexOf('.');
    return dot < 0 ? type : type.substring(0, dot);
  }
}
