package org.onemalloc.compare.process;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Facts of this process that Java hides and /proc/self shows: raw arguments and open descriptors.
 */
public final class OwnProcess {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private OwnProcess() {}

  /**
   * Returns the last arguments of this process as bytes; empty if there is no /proc.
   *
   * @param count the number of arguments
   */
  public static Optional<List<byte[]>> lastArguments(int count) {
    try {
      List<byte[]> all = split(Files.readAllBytes(Path.of("/proc/self/cmdline")));
      return all.size() < count
          ? Optional.empty()
          : Optional.of(all.subList(all.size() - count, all.size()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Returns whether /proc shows the processes of this process's pid namespace, so that a process id
   * means the same in /proc and in system calls.
   */
  public static boolean isInProc() {
    return target(Path.of("/proc/self")).equals(Long.toString(ProcessHandle.current().pid()));
  }

  /** Splits an environment or a command line of /proc into its zero-terminated strings. */
  static List<byte[]> split(byte[] strings) {
    List<byte[]> parts = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < strings.length; i++) {
      if (strings[i] == 0) {
        parts.add(Arrays.copyOfRange(strings, start, i));
        start = i + 1;
      }
    }
    return parts;
  }

  /**
   * Returns the descriptors that were inherited from the parent process, as the start script
   * recorded them before there was a JVM. Without the script: all but the files of this JVM's image
   * and class path, if nothing else was opened yet.
   */
  public static Set<Integer> inheritedDescriptors() {
    String recorded = System.getProperty("onemalloc.descriptors");
    Set<Integer> inherited =
        recorded == null
            ? otherDescriptors()
            : Arrays.stream(recorded.strip().split(" +", -1))
                .map(Integer::valueOf)
                .collect(Collectors.toCollection(TreeSet::new));
    Inheritance inheritance = Inheritance.ofThisProcess();
    inherited.removeAll(inheritance.closed());
    inheritance.directory().ifPresent(inherited::remove);
    return inherited;
  }

  private static Set<Integer> otherDescriptors() {
    List<String> own = new ArrayList<>();
    own.add(System.getProperty("java.home") + "/");
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path file = Path.of(entry).toAbsolutePath();
      own.add((Files.isDirectory(file) ? file : file.getParent()) + "/");
    }
    return descriptors(target -> own.stream().noneMatch(target::startsWith));
  }

  /** Returns every open descriptor, including the three standard ones. */
  public static Set<Integer> descriptors() {
    return descriptors(target -> true);
  }

  /** Makes a program that this process starts inherit the three standard descriptors alone. */
  public static void closeOthersOnExec() {
    Set<Integer> open = descriptors();
    open.removeAll(Set.of(0, 1, 2));
    Posix.closeOnExec(open);
  }

  private static Set<Integer> descriptors(Predicate<String> wanted) {
    Set<Integer> found = new TreeSet<>();
    try (DirectoryStream<Path> links = Files.newDirectoryStream(DESCRIPTORS)) {
      // The stream that lists the descriptors has its own, which are closed again with it. The
      // name of this process in /proc is not its pid if /proc belongs to another pid namespace.
      String listing = DESCRIPTORS.getParent().toRealPath() + "/fd";
      for (Path link : links) {
        int descriptor = Integer.parseInt(link.getFileName().toString());
        String target = target(link);
        if (!target.equals(listing) && wanted.test(target)) {
          found.add(descriptor);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("this process's descriptors cannot be read", e);
    }
    return found;
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "";
    }
  }
}
