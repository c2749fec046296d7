/** The command onemalloc. */
module onemalloc.cli {
  requires info.picocli;
  requires onemalloc.compare;

  opens org.onemalloc.cli to
      info.picocli;
}
