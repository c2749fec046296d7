/* A program with a jemalloc of its own under other names, and C's malloc beside it. */
#include <stdio.h>
#include <stdlib.h>

void *own_malloc(size_t size);
void own_free(void *block);

int main(void) {
  free(malloc(16));
  own_free(own_malloc(100));
  puts("survived");
  return 0;
}
