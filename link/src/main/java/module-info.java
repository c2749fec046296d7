/** Makes the chosen allocator part of a final artifact: an image or a program. */
module onemalloc.link {
  requires transitive onemalloc.allocators;
  requires onemalloc.inspect;
  requires onemalloc.text;

  exports org.onemalloc.link;
  exports org.onemalloc.link.step;
}
