/** What a program and a live process allocate with. */
module onemalloc.inspect {
  requires transitive onemalloc.allocators;
  requires transitive onemalloc.text;

  exports org.onemalloc.inspect;
  exports org.onemalloc.inspect.hazard;
  exports org.onemalloc.inspect.loader;
  exports org.onemalloc.inspect.process;
  exports org.onemalloc.inspect.report;
  exports org.onemalloc.inspect.result;
}
