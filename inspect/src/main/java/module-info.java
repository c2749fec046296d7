/** What a program and a live process allocate with. */
module onemalloc.inspect {
  requires transitive onemalloc.allocators;

  exports org.onemalloc.inspect;
  exports org.onemalloc.inspect.json;
  exports org.onemalloc.inspect.result;
}
