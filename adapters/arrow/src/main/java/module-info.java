/**
 * Arrow's buffers from the process heap.
 *
 * <p>Needs native access: start java with {@code --enable-native-access=onemalloc}, in addition to
 * what Arrow itself needs.
 */
module onemalloc.arrow {
  requires transitive org.apache.arrow.memory.core;
  requires onemalloc;

  exports org.onemalloc.arrow;
}
