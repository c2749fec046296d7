/**
 * Shows the heap in Flight Recorder and JMX.
 *
 * <p>To enable it, put the module on the class path or module path and set {@code
 * -Donemalloc.observe=on}.
 */
module onemalloc.observe {
  requires transitive java.management;
  requires transitive onemalloc;
  requires jdk.jfr;

  exports org.onemalloc.observe;

  provides org.onemalloc.HeapListener with
      org.onemalloc.observe.HeapObserver;
}
