/** Supports the output of commands: text that is safe to display, pages, JSON, and files. */
module onemalloc.text {
  exports org.onemalloc.text;
}
