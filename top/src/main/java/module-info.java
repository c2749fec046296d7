/** The native memory of a process, live in the terminal. */
module onemalloc.top {
  requires onemalloc.inspect;
  requires java.management;
  requires java.management.rmi;
  requires jdk.attach;

  exports org.onemalloc.top;
}
