/** The native memory of this virtual machine, and the allocator that serves it. */
module onemalloc.probe {
  requires transitive java.management;

  exports org.onemalloc.probe;
}
