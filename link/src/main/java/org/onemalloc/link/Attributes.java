package org.onemalloc.link;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The attributes of a file: owner, group, mode, and extended attributes, which hold file
 * capabilities, access lists and security labels (xattr(7)). Java can access only extended
 * attributes whose names start with {@code user.}, so all are read and written by the C functions
 * that follow no link.
 */
@SuppressWarnings("restricted")
final class Attributes {
  /** The extended attribute that holds file capabilities (capabilities(7)). */
  static final String CAPABILITY = "security.capability";

  private static final List<String> SIGNATURES = List.of("security.ima", "security.evm");

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle LIST =
      call("llistxattr", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG));
  private static final MethodHandle GET =
      call("lgetxattr", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG));
  private static final MethodHandle SET =
      call(
          "lsetxattr",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT));

  private Attributes() {}

  private static MethodHandle call(String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type);
  }

  /**
   * Copies the owner, group, mode and extended attributes of a file to another.
   *
   * @throws IOException if an attribute cannot be set
   */
  static void copy(Path from, Path to) throws IOException {
    Object owner = Files.getAttribute(from, "unix:uid");
    Object group = Files.getAttribute(from, "unix:gid");
    if (!owner.equals(Files.getAttribute(to, "unix:uid"))
        || !group.equals(Files.getAttribute(to, "unix:gid"))) {
      Files.setAttribute(to, "unix:uid", owner, LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(to, "unix:gid", group, LinkOption.NOFOLLOW_LINKS);
    }
    SafeFiles.permit(to, Files.getPosixFilePermissions(from));
    for (String name : names(from)) {
      byte[] value = value(from, name).orElse(new byte[0]);
      if (!Arrays.equals(value, value(to, name).orElse(null))) {
        set(to, name, value);
      }
    }
  }

  /** Returns whether the kernel checks the content against a signature (IMA and EVM). */
  static boolean isSigned(Path file) {
    return names(file).stream().anyMatch(SIGNATURES::contains);
  }

  static boolean hasCapabilities(Path file) {
    return names(file).contains(CAPABILITY);
  }

  /**
   * Returns the names of the extended attributes; none if the file system does not support them.
   */
  static List<String> names(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = path(arena, file);
      long size = (long) LIST.invokeExact(path, MemorySegment.NULL, 0L);
      if (size <= 0) {
        return List.of();
      }
      MemorySegment list = arena.allocate(size);
      size = (long) LIST.invokeExact(path, list, size);
      List<String> names = new ArrayList<>();
      for (long at = 0; at < size; ) {
        String name = list.getString(at, StandardCharsets.UTF_8);
        names.add(name);
        at += name.getBytes(StandardCharsets.UTF_8).length + 1L;
      }
      return names;
    } catch (Throwable e) {
      throw new IllegalStateException("llistxattr is declared wrongly", e);
    }
  }

  static Optional<byte[]> value(Path file, String attribute) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = path(arena, file);
      MemorySegment name = arena.allocateFrom(attribute);
      long size = (long) GET.invokeExact(path, name, MemorySegment.NULL, 0L);
      if (size < 0) {
        return Optional.empty();
      }
      MemorySegment value = arena.allocate(Math.max(size, 1));
      long read = (long) GET.invokeExact(path, name, value, size);
      return read < 0 ? Optional.empty() : Optional.of(value.asSlice(0, read).toArray(JAVA_BYTE));
    } catch (Throwable e) {
      throw new IllegalStateException("lgetxattr is declared wrongly", e);
    }
  }

  static void set(Path file, String attribute, byte[] value) throws IOException {
    int result;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(attribute);
      MemorySegment content = arena.allocateFrom(JAVA_BYTE, value);
      result = (int) SET.invokeExact(path(arena, file), name, content, (long) value.length, 0);
    } catch (Throwable e) {
      throw new IllegalStateException("lsetxattr is declared wrongly", e);
    }
    if (result != 0) {
      throw new IOException(
          "the extended attribute " + attribute + " cannot be carried over; the owner or root can");
    }
  }

  private static MemorySegment path(Arena arena, Path file) {
    return arena.allocateFrom(file.toString());
  }
}
