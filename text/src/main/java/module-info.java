/** What commands print and write: text that is safe to show, pages, JSON, and files. */
module onemalloc.text {
  exports org.onemalloc.text;
}
