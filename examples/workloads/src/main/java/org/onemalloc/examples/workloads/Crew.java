package org.onemalloc.examples.workloads;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * Numbered threads that run the phases together. Each number keeps its thread, so that blocks are
 * freed in a later phase by the thread that allocated them.
 */
final class Crew implements AutoCloseable {
  private final List<ExecutorService> threads;

  Crew(int size) {
    threads = Stream.generate(Executors::newSingleThreadExecutor).limit(size).toList();
  }

  /** One thread's share of a phase. */
  interface Share {
    long work(int thread) throws Exception;
  }

  /** Runs a phase on all threads, waits for the last, and returns the sum of their results. */
  long each(Share share) throws InterruptedException, ExecutionException {
    List<Future<Long>> results = new ArrayList<>();
    for (int i = 0; i < threads.size(); i++) {
      int thread = i;
      results.add(threads.get(i).submit(() -> share.work(thread)));
    }
    long sum = 0;
    for (Future<Long> result : results) {
      sum += result.get();
    }
    return sum;
  }

  @Override
  public void close() {
    threads.forEach(ExecutorService::close);
  }
}
