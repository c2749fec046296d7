import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;

/**
 * Submits a job to the cluster of ./cluster and waits for its end: {@code KeyedState RECORDS KEYS
 * JAR}. Each record replaces a value of 200 to 1,700 bytes of its key and adds to a map.
 */
public final class KeyedState {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  public static void main(String[] arguments) throws Exception {
    long records = Long.parseLong(arguments[0]);
    long keys = Long.parseLong(arguments[1]);
    StreamExecutionEnvironment cluster =
        StreamExecutionEnvironment.createRemoteEnvironment("127.0.0.1", 18081, arguments[2]);
    cluster.setParallelism(2);
    cluster
        .fromSequence(1, records)
        .keyBy(record -> Math.floorMod(record * GOLDEN >>> 20, keys), Types.LONG)
        .process(new Update())
        .returns(Types.LONG)
        .sinkTo(new DiscardingSink<>());
    long milliseconds = cluster.execute("keyed state").getNetRuntime();

    String figure = "records/s " + records * 1000 / milliseconds + "\n";
    System.out.print(figure);
    String file = System.getenv("ONEMALLOC_FIGURES");
    if (file != null) {
      Files.writeString(Path.of(file), figure, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
  }

  /** The work of a record. */
  public static final class Update extends KeyedProcessFunction<Long, Long, Long> {
    private transient ValueState<byte[]> value;
    private transient MapState<Integer, Long> map;

    @Override
    public void open(OpenContext context) {
      value = getRuntimeContext().getState(new ValueStateDescriptor<>("value", byte[].class));
      map =
          getRuntimeContext()
              .getMapState(new MapStateDescriptor<>("map", Integer.class, Long.class));
    }

    @Override
    public void processElement(Long record, Context context, Collector<Long> out) throws Exception {
      byte[] old = value.value();
      byte[] next = new byte[200 + (int) ((record * GOLDEN >>> 40) % 1500)];
      SplittableRandom random = new SplittableRandom(record);
      for (int i = 0; i < next.length; i++) {
        next[i] = (byte) (random.nextInt() & 0x3f);
      }
      value.update(next);
      map.put((int) (record % 7), record);
      long sum = 0;
      for (long each : map.values()) {
        sum += each;
      }
      if (old != null && record % 1024 == 0) {
        out.collect(sum + old.length);
      }
    }
  }

  private KeyedState() {}
}
