/** Shows the native memory of a process live in the terminal. */
module onemalloc.top {
  requires transitive onemalloc.inspect;
  requires transitive onemalloc.text;

  exports org.onemalloc.top;
}
