package org.onemalloc.objectfile.elf;

import java.util.regex.Pattern;

/**
 * The names of glibc's own files. Until glibc 2.33 a file has the version in its name ({@code
 * libc-2.31.so}, {@code ld-2.31.so}), and the name that programs need is a link to it; since 2.34
 * the file has the needed name itself (NEWS of 2.34). Which of the two is seen depends on who
 * looks: programs name the link, the kernel names the file, and marks it if it was removed.
 *
 * <p>A name is a first sign only: whoever can read the file asks for {@code gnu_get_libc_version}.
 */
public final class GlibcNames {
  /** With the sonames of shlib-versions: 6, and 6.1 on two old processors. */
  private static final Pattern LIBC =
      Pattern.compile("libc(\\.so\\.6(\\.1)?|-2\\.\\d[\\d.]*\\.so)");

  /** With the names of all ports (sysdeps/unix/sysv/linux, ldconfig.h and shlib-versions). */
  private static final Pattern LOADER =
      Pattern.compile("ld(-linux.*|64\\.so\\..*|\\.so(\\.\\d+)?|-2\\.\\d[\\d.]*\\.so)");

  /** How proc_pid_maps(5) marks a file that was removed or replaced. */
  private static final String DELETED = " (deleted)";

  private GlibcNames() {}

  /**
   * Returns whether a name is that of glibc's C library.
   *
   * @param file a path as a program, the loader or /proc/PID/maps gives it, or a name alone
   * @return false for musl's, and for a library that is only called alike
   */
  public static boolean isLibc(String file) {
    return LIBC.matcher(nameOf(file)).matches();
  }

  /**
   * Returns whether a name is that of glibc's dynamic loader.
   *
   * @param file a path as a program, the loader or /proc/PID/maps gives it, or a name alone
   * @return false for musl's
   */
  public static boolean isLoader(String file) {
    return LOADER.matcher(nameOf(file)).matches();
  }

  private static String nameOf(String file) {
    String name = file.substring(file.lastIndexOf('/') + 1);
    return name.endsWith(DELETED) ? name.substring(0, name.length() - DELETED.length()) : name;
  }
}
