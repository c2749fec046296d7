/** Allocators found, described, derived and tuned. */
module onemalloc.allocators {
  requires transitive onemalloc.objectfile;

  exports org.onemalloc.allocators;
  exports org.onemalloc.allocators.proof;
}
