/** Profiles the allocation of native memory in a JVM. */
module onemalloc.profile {
  requires onemalloc.allocators;
  requires onemalloc.inspect;
  requires onemalloc.text;
  requires jdk.attach;
  requires jfr.converter;

  exports org.onemalloc.profile;
}
