package study;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import org.onemalloc.Heap;

/**
 * Runs a program's work in equal passes until it is compiled, and then on between two marks. What a JVM does before,
 * loading classes, interpreting, unpacking the library of a private heap, is the same for each amount of work, and would
 * hide what the heap does. Passes are short, so that methods are compiled between them: inside a long loop it is a matter
 * of time which version of a method it goes on with.
 *
 * <p>Where time and memory are measured and nothing is counted, the same passes follow again and again, as many times as
 * the second argument says: a JVM that ends after half a second has mostly compiled.
 */
final class Counted {
  private static final int PASSES = 20; // counted; three times as many before them
  private static final long GETPID = 39; // x86-64, where the study counts
  private static final long GETPGRP = 111; // the mark of icount.c
  private static final boolean IS_COUNTED = System.getenv("STUDY_KEEPS") != null; // by measure.py
  private static final MethodHandle SYSCALL =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
              FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG),
              Linker.Option.firstVariadicArg(1));

  private static volatile long last; // what is stored here, no compiler leaves out

  private Counted() {}

  /** A pass of so many operations; each has another number. */
  interface Work {
    long pass(int operations, int number) throws Exception;
  }

  /** Does the work and says its result, which must be the same on every heap, and the heap. */
  static void run(String[] arguments, Work work) throws Throwable {
    int each = Integer.parseInt(arguments[0]) / PASSES;
    long[] results = new long[4 * PASSES];
    for (int number = 0; number < results.length; number++) {
      if (number == 3 * PASSES) {
        keepWhatIsFreed();
        System.gc(); // so that as many collections lie between the marks in each run
      }
      call(number == 3 * PASSES ? GETPGRP : GETPID);
      results[number] = work.pass(each, number);
    }
    call(GETPGRP);
    if (!IS_COUNTED) {
      int times = Integer.parseInt(arguments[1]);
      for (int number = 0; number < times * results.length; number++) {
        last = work.pass(each, number % results.length);
      }
    }
    System.out.println("result " + Arrays.hashCode(results));
    System.out.println(Heap.binding());
    System.out.println("caches in use: " + (Heap.statistics().caches().threads() > 0 ? "yes" : "no"));
  }

  /** Ends the thread by which the seam gives memory back each second, where measure.py tells all heaps to keep it. */
  private static void keepWhatIsFreed() throws InterruptedException {
    if (IS_COUNTED) {
      for (Thread thread : Thread.getAllStackTraces().keySet()) {
        if (thread.getName().equals("onemalloc sweeper")) {
          thread.interrupt();
          thread.join();
        }
      }
    }
  }

  private static void call(long number) throws Throwable {
    long ignored = (long) SYSCALL.invokeExact(number);
  }
}
