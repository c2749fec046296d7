/**
 * The heap in Flight Recorder and JMX.
 *
 * <p>On the class path or module path, with {@code -Donemalloc.observe=on}, nothing else is needed.
 */
module onemalloc.observe {
  requires transitive java.management;
  requires transitive onemalloc;
  requires jdk.jfr;

  exports org.onemalloc.observe;

  provides org.onemalloc.HeapListener with
      org.onemalloc.observe.HeapObserver;
}
