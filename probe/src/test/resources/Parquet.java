import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.parquet.bytes.ByteBufferAllocator;
import org.apache.parquet.bytes.DirectByteBufferAllocator;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/**
 * Writes a Parquet file through direct buffers, compressed by zstd, reads half of it, and waits for
 * the end of its input with the reader open.
 */
final class Parquet {
  private static final int ROWS = 400_000;
  private static final MessageType SCHEMA =
      MessageTypeParser.parseMessageType(
          "message row { required int64 id; required binary name (STRING); required double x; }");

  public static void main(String[] arguments) throws Exception {
    Path file = Files.createTempDirectory("parquet").resolve("rows.parquet");
    ByteBufferAllocator direct = new DirectByteBufferAllocator();
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withConf(new PlainParquetConfiguration())
            .withType(SCHEMA)
            .withAllocator(direct)
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .build()) {
      for (int i = 0; i < ROWS; i++) {
        Group row = new SimpleGroup(SCHEMA);
        row.add("id", (long) i * i);
        row.add("name", "row " + Integer.toHexString(i * 0x9E3779B9));
        row.add("x", Math.sqrt(i));
        writer.write(row);
      }
    }
    try (ParquetReader<Group> reader =
        new ParquetReader.Builder<Group>(
            new LocalInputFile(file), new PlainParquetConfiguration()) {
          @Override
          protected GroupReadSupport getReadSupport() {
            return new GroupReadSupport();
          }
        }.withAllocator(direct).build()) {
      for (int i = 0; i < ROWS / 2; i++) {
        if (reader.read().getLong("id", 0) != (long) i * i) {
          throw new IllegalStateException("row " + i);
        }
      }
      System.out.println("ready");
      while (System.in.read() >= 0) {}
    } finally {
      Files.delete(file);
      Files.delete(file.getParent());
    }
  }
}
