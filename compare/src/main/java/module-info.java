/** Runs a command on an allocator, or on several, and judges what each one costs. */
module onemalloc.compare {
  requires transitive onemalloc.inspect;
  requires transitive onemalloc.text;

  exports org.onemalloc.compare;
  exports org.onemalloc.compare.report;
}
