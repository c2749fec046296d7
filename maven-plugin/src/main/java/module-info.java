/** The command's actions as goals of a Maven build. */
module onemalloc.maven {
  requires maven.plugin.api;
  requires static maven.plugin.annotations;
  requires onemalloc.allocators;
  requires onemalloc.link;
}
