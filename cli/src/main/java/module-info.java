/** The {@code onemalloc} command. */
module onemalloc.cli {
  requires info.picocli;
  requires onemalloc.collect;
  requires onemalloc.compare;
  requires onemalloc.link;
  requires onemalloc.profile;
  requires onemalloc.text;
  requires onemalloc.top;

  opens org.onemalloc.cli to
      info.picocli;
}
