package org.onemalloc.text;

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
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The attributes of a file that another file takes over: owner, group, mode, and extended
 * attributes, which hold file capabilities, access control lists and security labels (xattr(7)).
 * Java can access only extended attributes whose names start with {@code user.}, so all are read
 * and written by the C functions. No link is followed.
 *
 * <p>Files are named by their paths. A file is given attributes only where no other user can put
 * another file under its name meanwhile (see {@link Owners#exchangeable}).
 *
 * <p>Thread-safe: it has no state.
 */
@SuppressWarnings("restricted") // downcalls
public final class Attributes {
  /** The extended attribute that holds file capabilities (capabilities(7)). */
  private static final String CAPABILITY = "security.capability";

  /** An access control list; the mode then shows its mask as the rights of the group (acl(5)). */
  private static final String ACCESS_LIST = "system.posix_acl_access";

  private static final List<String> SIGNATURES = List.of("security.ima", "security.evm");

  private static final Charset NAMES =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"), StandardCharsets.UTF_8);

  private static final String OWNERS = "unix:uid,gid,mode";
  private static final int PERMISSIONS = 07777;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle LIST =
      call("llistxattr", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG));
  private static final MethodHandle GET =
      call("lgetxattr", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG));
  private static final MethodHandle SET =
      call(
          "lsetxattr",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle REMOVE =
      call("lremovexattr", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));

  private Attributes() {}

  private static MethodHandle call(String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type);
  }

  /**
   * Gives a file the owner, group, mode and extended attributes of another. File capabilities, and
   * an access control list, which a new file may inherit from its directory, are removed if the
   * other file has none.
   *
   * @param from the file that has the attributes
   * @param to the file that gets them
   * @throws NotCopied if this user may not set an attribute
   * @throws IOException if a file cannot be accessed
   */
  public static void copy(Path from, Path to) throws IOException {
    Map<String, Object> wanted = owners(from);
    Map<String, Object> present = owners(to);
    if (!wanted.get("uid").equals(present.get("uid"))
        || !wanted.get("gid").equals(present.get("gid"))) {
      give(to, wanted.get("uid"), wanted.get("gid"));
    }
    List<String> names = names(from);
    for (String right : List.of(ACCESS_LIST, CAPABILITY)) {
      if (!names.contains(right) && names(to).contains(right)) {
        remove(to, right);
      }
    }
    int mode = (Integer) wanted.get("mode") & PERMISSIONS;
    Files.setAttribute(to, "unix:mode", mode, LinkOption.NOFOLLOW_LINKS);
    for (String name : names) {
      byte[] value = value(from, name).orElseThrow(() -> notCopied(name));
      if (!Arrays.equals(value, value(to, name).orElse(null))) {
        set(to, name, value);
      }
    }
  }

  /**
   * Returns whether two files have the same owner, group, type, mode and extended attributes.
   *
   * @param one a file
   * @param other another file
   * @return false also if an attribute cannot be read
   * @throws IOException if a file cannot be accessed
   */
  public static boolean areEqual(Path one, Path other) throws IOException {
    Set<String> names = new HashSet<>(names(one));
    return owners(one).equals(owners(other))
        && names.equals(new HashSet<>(names(other)))
        && names.stream()
            .allMatch(
                name ->
                    Arrays.equals(
                        value(one, name).orElse(null), value(other, name).orElse(new byte[0])));
  }

  private static Map<String, Object> owners(Path file) throws IOException {
    return Files.readAttributes(file, OWNERS, LinkOption.NOFOLLOW_LINKS);
  }

  private static void give(Path file, Object owner, Object group) throws IOException {
    try {
      Files.setAttribute(file, "unix:uid", owner, LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(file, "unix:gid", group, LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      throw new NotCopied(
          "this user may not give a file to user %s and group %s, whose it is"
              .formatted(owner, group));
    }
  }

  /** Thrown if a file cannot be given an attribute of another; the message is a clause. */
  public static final class NotCopied extends IOException {
    private static final long serialVersionUID = 1;

    private NotCopied(String why) {
      super(why);
    }
  }

  private static NotCopied notCopied(String attribute) {
    return new NotCopied("the extended attribute " + attribute + " cannot be copied");
  }

  /**
   * Returns whether the kernel checks the content against a signature (IMA and EVM).
   *
   * @param file the file
   * @return false also if its attributes cannot be read
   */
  public static boolean isSigned(Path file) {
    return names(file).stream().anyMatch(SIGNATURES::contains);
  }

  /**
   * Returns whether a program gets capabilities from its file.
   *
   * @param file the file
   * @return false also if its attributes cannot be read
   */
  public static boolean hasCapabilities(Path file) {
    return names(file).contains(CAPABILITY);
  }

  /**
   * Returns the names of the extended attributes; none if the file system does not support them.
   */
  private static List<String> names(Path file) {
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
        String name = list.getString(at, StandardCharsets.ISO_8859_1); // a name is bytes
        names.add(name);
        at += name.length() + 1L;
      }
      return names;
    } catch (Throwable e) {
      throw new IllegalStateException("llistxattr is declared wrongly", e);
    }
  }

  /**
   * Returns the value of an extended attribute.
   *
   * @param file the file
   * @param attribute the name of the attribute
   * @return the value; empty if the file does not have the attribute, or this user may not read it
   */
  public static Optional<byte[]> value(Path file, String attribute) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = path(arena, file);
      MemorySegment name = arena.allocateFrom(attribute, StandardCharsets.ISO_8859_1);
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

  /**
   * Sets an extended attribute.
   *
   * @param file the file
   * @param attribute the name of the attribute
   * @param value its new value
   * @throws NotCopied if this user may not set it, or the file system does not support it
   */
  public static void set(Path file, String attribute, byte[] value) throws IOException {
    int result;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(attribute, StandardCharsets.ISO_8859_1);
      MemorySegment content = arena.allocateFrom(JAVA_BYTE, value);
      result = (int) SET.invokeExact(path(arena, file), name, content, (long) value.length, 0);
    } catch (Throwable e) {
      throw new IllegalStateException("lsetxattr is declared wrongly", e);
    }
    if (result != 0) {
      throw notCopied(attribute);
    }
  }

  private static void remove(Path file, String attribute) throws IOException {
    int result;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(attribute, StandardCharsets.ISO_8859_1);
      result = (int) REMOVE.invokeExact(path(arena, file), name);
    } catch (Throwable e) {
      throw new IllegalStateException("lremovexattr is declared wrongly", e);
    }
    if (result != 0) {
      throw notCopied(attribute);
    }
  }

  /** Returns a path as C functions take it: Java names files in the encoding of the locale. */
  static MemorySegment path(Arena arena, Path file) {
    byte[] name = file.toString().getBytes(NAMES);
    return arena.allocateFrom(JAVA_BYTE, Arrays.copyOf(name, name.length + 1));
  }
}
