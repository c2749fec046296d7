/** Puts the evidence of many machines into one table. */
module onemalloc.collect {
  requires com.google.gson;
  requires transitive onemalloc.text;

  exports org.onemalloc.collect;
}
