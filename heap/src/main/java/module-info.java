/**
 * The seam: the heap of this process, from Java.
 *
 * <p>Needs native access: start java with {@code --enable-native-access=onemalloc}.
 */
module onemalloc {
  exports org.onemalloc;

  uses org.onemalloc.HeapListener;
}
