/** The figures of the heap as Micrometer meters. */
@SuppressWarnings("requires-transitive-automatic") // Micrometer has no module-info
module onemalloc.micrometer {
  requires transitive micrometer.core;
  requires transitive onemalloc;

  exports org.onemalloc.micrometer;
}
