package org.onemalloc.text;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * Extended attributes of files (xattr(7)) outside of the namespace {@code user}, the only one that
 * Java shows. Thread-safe.
 */
@SuppressWarnings("restricted") // downcalls
public enum ExtendedAttribute {
  /** The capabilities that a program gets (capabilities(7)). */
  CAPABILITIES("security.capability"),

  /** An access control list with more entries than the permission bits express (acl(5)). */
  ACCESS_LIST("system.posix_acl_access");

  private static final MethodHandle GETXATTR =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("getxattr"),
              FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG));

  private final String key;

  ExtendedAttribute(String key) {
    this.key = key;
  }

  /**
   * Returns whether a file has the attribute.
   *
   * @param file the file; a symbolic link is followed
   * @return false if the file does not have it, cannot be read, or its file system has no such
   *     attributes
   */
  public boolean isOn(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = Attributes.path(arena, file);
      MemorySegment name = arena.allocateFrom(key);
      return (long) GETXATTR.invokeExact(path, name, MemorySegment.NULL, 0L) > 0;
    } catch (Throwable e) {
      throw new IllegalStateException("getxattr is declared wrongly", e);
    }
  }
}
