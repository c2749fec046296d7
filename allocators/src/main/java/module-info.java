/** Finds, describes, derives and tunes allocators. */
module onemalloc.allocators {
  requires transitive onemalloc.objectfile;
  requires onemalloc.text;

  exports org.onemalloc.allocators;
  exports org.onemalloc.allocators.proof;
}
