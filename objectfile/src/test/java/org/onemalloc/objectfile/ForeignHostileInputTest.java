package org.onemalloc.objectfile;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.onemalloc.objectfile.macho.MachoFile;
import org.onemalloc.objectfile.pe.PeFile;

class ForeignHostileInputTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final long MULTIPLE = 100;

  @ParameterizedTest
  @MethodSource("org.onemalloc.objectfile.ForeignFuzzTarget#libraries")
  @Timeout(60)
  void refusesEveryTruncation(String library) throws IOException {
    byte[] content = ForeignFuzzTarget.bytes(library);
    for (int length = 0; length < 2048; length++) {
      exercise(Arrays.copyOf(content, length));
    }
    Random random = new Random(11);
    for (int round = 0; round < 300; round++) {
      exercise(Arrays.copyOf(content, random.nextInt(content.length)));
    }
  }

  @ParameterizedTest
  @MethodSource("org.onemalloc.objectfile.ForeignFuzzTarget#libraries")
  @Timeout(60)
  void survivesFlippedBytes(String library) throws IOException {
    byte[] content = ForeignFuzzTarget.bytes(library);
    Random random = new Random(4711);
    for (int round = 0; round < 1000; round++) {
      byte[] damaged = content.clone();
      // The headers are at the start of the file, the tables for dyld at the end.
      int range = random.nextBoolean() ? 2048 : content.length;
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        int at = random.nextInt(range);
        at = random.nextInt(3) == 0 ? content.length - 1 - at : at;
        damaged[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) -1;
      }
      exercise(damaged);
    }
  }

  @Test
  void refusesWhatIsNoObjectFile() {
    assertThrows(ObjectFileException.class, () -> MachoFile.read(new byte[0], "empty"));
    assertThrows(ObjectFileException.class, () -> PeFile.read(new byte[0], "empty"));
    byte[] javaClass = {(byte) 0xca, (byte) 0xfe, (byte) 0xba, (byte) 0xbe, 0, 0, 0, 69};
    assertThrows(ObjectFileException.class, () -> MachoFile.read(javaClass, "class"));
    byte[] forDos = Arrays.copyOf(new byte[] {'M', 'Z'}, 512);
    assertThrows(ObjectFileException.class, () -> PeFile.read(forDos, "dos"));
  }

  private static void exercise(byte[] content) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    ForeignFuzzTarget.fuzzerTestOneInput(content);
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertTrue(
        allocated < MULTIPLE * content.length + 1_000_000,
        allocated + " bytes allocated for " + content.length);
  }
}
