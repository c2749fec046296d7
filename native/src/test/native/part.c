/* A C library that uses the seam. */
#define _GNU_SOURCE
#include "onemalloc.h"
#include "owner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void c_report(void) {
  void *seam = onemalloc_allocate(64, 16), *plain = malloc(64), *aligned = onemalloc_allocate(100, 64);
  char *text = strdup("across");
  report("C seam", seam);
  report("C aligned seam", aligned);
  report("C malloc", plain);
  report("C strdup", text);
  /* every block may be freed by C or through the seam */
  free(seam);
  free(aligned);
  onemalloc_deallocate(plain, 64, 1);
  onemalloc_deallocate(text, 7, 1);
  struct onemalloc_statistics s;
  onemalloc_statistics(&s);
  printf("binding %s %s, extended %s\n", s.binding, s.allocator, s.extended);
  fflush(stdout);
}

void c_work(long count) {
  for (long i = 0; i < count; i++) {
    void *block = onemalloc_allocate(64, 16);
    *(volatile char *)block = 1;
    onemalloc_deallocate(block, 64, 16);
  }
}
