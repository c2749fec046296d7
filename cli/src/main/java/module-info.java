/** The command onemalloc. */
module onemalloc.cli {
  requires onemalloc.compare;
}
