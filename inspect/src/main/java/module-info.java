/** What a program and a live process allocate with. */
module onemalloc.inspect {
  requires transitive onemalloc.allocators;
  requires transitive onemalloc.text;

  exports org.onemalloc.inspect;
  exports org.onemalloc.inspect.archive;
  exports org.onemalloc.inspect.foreign;
  exports org.onemalloc.inspect.hazard;
  exports org.onemalloc.inspect.loader;
  exports org.onemalloc.inspect.macos;
  exports org.onemalloc.inspect.privateallocator;
  exports org.onemalloc.inspect.process;
  exports org.onemalloc.inspect.report;
  exports org.onemalloc.inspect.result;
  exports org.onemalloc.inspect.windows;
}
