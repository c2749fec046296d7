package org.onemalloc.compare;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onemalloc.compare.command.Started;
import org.onemalloc.compare.process.StartedWith;
import org.onemalloc.inspect.process.MallocProvider;

/**
 * Recognises the process of a statically linked wrapper such as {@code gosu} or {@code
 * tini-static}. No allocator can be preloaded into it. It hands its environment to the command that
 * its words name, and that program is judged in its place, so it does not count against a run, if
 * it did start one.
 */
/*
 * Design note. The name alone is not enough: a program of one's own may be called init or time. Its
 * words must name a command, unless nobody has read them, as those of gosu, which lives for a
 * millisecond. And the kernel's record must show that it executed a program, or a process that it
 * forked did; {@link RecordReview} asks that, since a live wrapper may have yet to do it.
 */
final class StaticWrapper {
  /**
   * The most that a wrapper has had resident, in bytes. A program of the same name that works
   * itself has more; gosu, a program in Go, has 6 MB.
   */
  static final long MOST_BYTES = 12 << 20;

  private StaticWrapper() {}

  /**
   * Returns whether a process is one.
   *
   * @param provider what provides its malloc
   * @param given what it was started with; empty if that is not known
   */
  static boolean is(MallocProvider provider, Optional<StartedWith> given) {
    if (!isStatic(provider)) {
      return false;
    }
    String program = Path.of(provider.executable()).getFileName().toString();
    List<String> words = new ArrayList<>(List.of(program));
    given.ifPresent(known -> words.addAll(arguments(program, known.words())));
    return Started.by(words)
        .filter(next -> given.isEmpty() || !next.command().isEmpty())
        .isPresent();
  }

  /** Returns the words behind the program. Busybox takes its first from the name of a link. */
  private static List<String> arguments(String program, List<String> given) {
    boolean isLink =
        program.equals("busybox") && !given.isEmpty() && !Started.nameOf(given).equals(program);
    return isLink ? given : given.stream().skip(1).toList();
  }

  /** Returns whether an executable is static, so that nothing can be preloaded into it. */
  static boolean isStatic(MallocProvider provider) {
    return switch (provider.kind()) {
      case STATIC, STATIC_GLIBC, STATIC_NONE -> !provider.executable().isEmpty();
      default -> false;
    };
  }
}
