/** The native memory of a process, live in the terminal. */
module onemalloc.top {
  requires java.management;
  requires java.management.rmi;
  requires jdk.attach;
  requires transitive onemalloc.inspect;
  requires transitive onemalloc.text;

  exports org.onemalloc.top;
}
