/** Runs a command on one allocator or on several, and judges the cost of each. */
module onemalloc.compare {
  requires onemalloc.collect;
  requires transitive onemalloc.inspect;
  requires transitive onemalloc.text;

  exports org.onemalloc.compare;
  exports org.onemalloc.compare.judge;
  exports org.onemalloc.compare.report;
  exports org.onemalloc.compare.server;
  exports org.onemalloc.compare.tune;
}
