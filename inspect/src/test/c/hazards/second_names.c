/* Allocates by glibc's second names, and frees by the first; with PAIRED by the second ones too. */
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void __libc_free(void *block);

int main(void) {
  free(malloc(16));
#ifdef PAIRED
  __libc_free(__libc_malloc(100));
#else
  free(__libc_malloc(100));
#endif
  puts("survived");
  return 0;
}
