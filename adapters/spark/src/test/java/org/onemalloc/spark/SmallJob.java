package org.onemalloc.spark;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** An application of one stage on both executors. */
public final class SmallJob {
  private SmallJob() {}

  /**
   * Runs it.
   *
   * @param arguments not used
   * @throws InterruptedException if it is interrupted
   */
  public static void main(String[] arguments) throws InterruptedException {
    try (JavaSparkContext spark = new JavaSparkContext(new SparkConf().setAppName("small"))) {
      List<Integer> numbers = IntStream.range(0, 100).boxed().toList();
      while (spark.sc().getExecutorMemoryStatus().size() < 3) { // the driver is one of them
        Thread.sleep(100);
      }
      int sum = spark.parallelize(numbers, 4).reduce(Integer::sum);
      System.out.println("SUM " + sum);
    }
  }
}
