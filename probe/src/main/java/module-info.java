/** The native memory of this virtual machine, and the allocator that serves it. */
@SuppressWarnings("requires-transitive-automatic") // they have no module-info
module onemalloc.probe {
  requires transitive java.management;
  requires static transitive io.opentelemetry.api;
  requires static transitive micrometer.core;
  requires static jdk.httpserver;

  exports org.onemalloc.probe;
  exports org.onemalloc.probe.micrometer;
  exports org.onemalloc.probe.opentelemetry;
}
