/** The heap's figures as Micrometer's meters. */
module onemalloc.micrometer {
  requires transitive micrometer.core;
  requires transitive onemalloc;

  exports org.onemalloc.micrometer;
}
