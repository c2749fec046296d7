/* Allocates by glibc's second name of malloc and frees by free: mimalloc does not define the second name. */
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);

int main(void) {
  free(malloc(16));
  free(__libc_malloc(100));
  puts("survived");
  return 0;
}
