/* Allocates by glibc's second name and frees by the first: mimalloc has no such name. */
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);

int main(void) {
  free(malloc(16));
  free(__libc_malloc(100));
  puts("survived");
  return 0;
}
