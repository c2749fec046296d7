package org.onemalloc.profile;

/**
 * One frame of a stack.
 *
 * @param owner the library of a native function ({@code libjvm.so}), the class of a Java method
 *     ({@code java.util.zip.Deflater}), or empty if unknown
 * @param name the name of the function or method
 * @param type the type in the recording, one of the constants of {@link one.convert.Frame}
 */
record StackFrame(String owner, String name, byte type) {
  /**
   * Returns a frame of a recording. A function of a library without symbols is recorded by the
   * library's path alone, as its name.
   *
   * @param owner the class or the library, as it was recorded
   * @param name the method or the function, as it was recorded
   */
  static StackFrame of(String owner, String name, byte type) {
    StackFrame frame = new StackFrame(owner, name, type);
    if (frame.isJava()) {
      return new StackFrame(owner.replace('/', '.'), name, type);
    }
    return owner.isEmpty() && name.startsWith("/")
        ? new StackFrame(name.substring(name.lastIndexOf('/') + 1), name, type)
        : frame;
  }

  boolean isJava() {
    return type != one.convert.Frame.TYPE_NATIVE
        && type != one.convert.Frame.TYPE_CPP
        && type != one.convert.Frame.TYPE_KERNEL;
  }

  boolean isOf(String library) {
    return !isJava() && owner.startsWith(library);
  }

  /** Returns whether the method belongs to the JDK; its caller is then the more useful answer. */
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
