import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.sum;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The application of docs/clusters.md: writes rows to Parquet with zstd, sorts them into a second
 * one, and aggregates that.
 */
public final class Job {
  private Job() {}

  /**
   * Runs it.
   *
   * @param arguments the number of rows, and a directory for the data
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    long rows = Long.parseLong(arguments[0]);
    String unsorted = arguments[1] + "/a";
    String sorted = arguments[1] + "/b";
    SparkSession spark = SparkSession.builder().appName("parquet").getOrCreate();
    phase("write");
    Dataset<Row> made =
        spark
            .range(0, rows, 1, 8)
            .select(
                col("id"),
                expr("sha2(cast(id as string), 256)").as("s"),
                expr("concat('user-', pmod(hash(id, 7), 1000000), '-of-', pmod(id, 97))").as("u"),
                expr("rand(42)").as("x"));
    made.write().mode("overwrite").option("compression", "zstd").parquet(unsorted);
    phase("sort");
    Dataset<Row> read = spark.read().parquet(unsorted);
    read.sort("s").write().mode("overwrite").option("compression", "zstd").parquet(sorted);
    phase("aggregate");
    Row result =
        spark
            .read()
            .parquet(sorted)
            .groupBy("u")
            .agg(count(lit(1)).as("n"), sum("x").as("x"), max("s").as("m"))
            .agg(count(lit(1)), sum("n"), max("m"))
            .first();
    System.out.println("RESULT " + result);
    Thread.sleep(2000);
    phase("end");
    Thread.sleep(2000);
    phase("idle");
    Thread.sleep(300); // for a last sample
    spark.stop();
  }

  private static void phase(String name) throws IOException {
    String file = System.getenv("ONEMALLOC_PHASES");
    if (file != null) {
      Files.writeString(Path.of(file), name + "\n", StandardOpenOption.APPEND);
    }
  }
}
