/**
 * The process heap as LWJGL's allocator.
 *
 * <p>Needs native access: start java with {@code --enable-native-access=onemalloc}, in addition to
 * what LWJGL itself needs.
 */
module onemalloc.lwjgl {
  requires transitive org.lwjgl;
  requires onemalloc;

  exports org.onemalloc.lwjgl;
}
