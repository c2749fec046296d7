/** Who allocates native memory in a JVM. */
module onemalloc.profile {
  requires transitive onemalloc.allocators;
  requires jdk.attach;
  requires jfr.converter;

  exports org.onemalloc.profile;
}
