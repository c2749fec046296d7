package org.onemalloc.profile;

/**
 * One frame of a stack.
 *
 * @param owner the library of a native function ({@code libjvm.so}), the class of a Java method
 *     ({@code java.util.zip.Deflater}), or empty where it is not known
 * @param name the function or method
 * @param type as the recording has it: {@link one.convert.Frame}'s constants
 */
record StackFrame(String owner, String name, byte type) {
  boolean isJava() {
    return type != one.convert.Frame.TYPE_NATIVE
        && type != one.convert.Frame.TYPE_CPP
        && type != one.convert.Frame.TYPE_KERNEL;
  }

  boolean isOf(String library) {
    return !isJava() && owner.startsWith(library);
  }

  /** Whether the method is the JDK's own, so that who called it is the better answer. */
  boolean isOfJdk() {
    return owner.startsWith("java.")
        || owner.startsWith("jdk.")
        || owner.startsWith("sun.")
        || owner.startsWith("javax.");
  }

  String text() {
    return isJava() && !owner.isEmpty() ? owner + "." + name : name;
  }
}
