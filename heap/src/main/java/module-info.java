/** The seam: the heap of this process, from Java. */
module onemalloc {}
