package org.onemalloc.compare;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.onemalloc.compare.process.Posix;
import org.onemalloc.compare.process.ProcessTree;
import org.onemalloc.compare.process.ProcessTree.Member;

/**
 * The processes of a run that are left after its work has ended. They are ended, because they would
 * disturb the next run or even do its work: a build daemon started under one allocator would serve
 * the runs of all others.
 */
final class Remains {
  /** The time that the processes have to end by themselves. */
  static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** The time that they have to end after a signal. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(3);

  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final int group;
  private final ProcessTree processes;
  private final Witness witness;

  Remains(int group, ProcessTree processes, Witness witness) {
    this.group = group;
    this.processes = processes;
    this.witness = witness;
  }

  /** Waits until no process is left, or a condition holds. */
  void await(BooleanSupplier enough) {
    while (!enough.getAsBoolean() && !processes.members().isEmpty()) {
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private List<Member> await(long nanos, boolean look) {
    long until = System.nanoTime() + nanos;
    List<Member> living = processes.members();
    while (!living.isEmpty() && System.nanoTime() < until) {
      if (look) {
        witness.look(living, System.nanoTime());
      }
      LockSupport.parkNanos(POLL_NANOS);
      living = processes.members();
    }
    return living;
  }

  /**
   * Ends the processes.
   *
   * @param grace the time that they have to end by themselves, in nanoseconds
   * @return the names of those that did not
   */
  List<String> end(long grace) {
    List<String> left = await(grace, true).stream().map(Member::toString).toList();
    long patience = grace == 0 ? 0 : PATIENCE_NANOS;
    for (int signal : new int[] {Posix.SIGTERM, Posix.SIGKILL}) {
      for (Member member : processes.members()) {
        Posix.kill(member.pid(), signal);
      }
      await(patience, false);
    }
    // Processes that fork faster than they are killed, and members of the group that were not
    // found.
    Posix.killGroup(group, Posix.SIGKILL);
    for (int i = 0; i < 50 && !processes.members().isEmpty(); i++) {
      processes.members().forEach(member -> Posix.kill(member.pid(), Posix.SIGKILL));
      LockSupport.parkNanos(POLL_NANOS);
    }
    return left;
  }
}
