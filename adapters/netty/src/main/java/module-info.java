/**
 * Netty's direct buffers from the process heap.
 *
 * <p>Needs native access: start java with {@code --enable-native-access=onemalloc,onemalloc.netty}.
 */
module onemalloc.netty {
  requires transitive io.netty.buffer;
  requires io.netty.common;
  requires onemalloc;

  exports org.onemalloc.netty;
}
