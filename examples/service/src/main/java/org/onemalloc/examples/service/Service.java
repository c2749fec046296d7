package org.onemalloc.examples.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Does the same work every time: three phases of load with shifting sizes, then idle time. It marks
 * each phase in the file that {@code ONEMALLOC_PHASES} names, so that {@code compare} can show
 * them.
 */
public final class Service {
  private static final int THREADS = 24;
  private static final long REST_MILLIS = 2_500;

  private static final List<Load> LOADS =
      List.of(
          new Load("small", 600, 1_000, 6_000),
          new Load("large", 70, 60_000, 240_000),
          new Load("small again", 600, 500, 12_000));

  private Service() {}

  /**
   * Runs the service.
   *
   * @param arguments none
   * @throws Exception if a request fails
   */
  public static void main(String[] arguments) throws Exception {
    List<Worker> workers = IntStream.range(0, THREADS).mapToObj(Worker::new).toList();
    // A thread for each worker, kept through all phases: native memory is confined to the thread
    // that took it, as in most services.
    List<ExecutorService> threads =
        workers.stream().map(worker -> Executors.newSingleThreadExecutor()).toList();
    long bytes = 0;
    for (Load load : LOADS) {
      mark(load.name());
      bytes += onEach(threads, workers, worker -> worker.serve(load));
    }
    mark("end");
    onEach(threads, workers, Worker::forgetMost);
    Thread.sleep(REST_MILLIS);
    mark("idle");
    onEach(threads, workers, Worker::forgetAll);
    threads.forEach(ExecutorService::shutdown);
    System.out.println("served " + bytes + " bytes");
  }

  private interface Step {
    long run(Worker worker) throws IOException;
  }

  private static long onEach(List<ExecutorService> threads, List<Worker> workers, Step step)
      throws InterruptedException, ExecutionException {
    List<Future<Long>> results = new ArrayList<>();
    for (int i = 0; i < workers.size(); i++) {
      Worker worker = workers.get(i);
      results.add(threads.get(i).submit(() -> step.run(worker)));
    }
    long sum = 0;
    for (Future<Long> result : results) {
      sum += result.get();
    }
    return sum;
  }

  private static void mark(String phase) throws IOException {
    String file = System.getenv("ONEMALLOC_PHASES");
    if (file != null) {
      Files.writeString(Path.of(file), phase + "\n", StandardOpenOption.APPEND);
    }
  }
}
