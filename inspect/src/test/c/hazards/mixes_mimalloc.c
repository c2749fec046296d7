/* Frees a block of mi_malloc by free, and the reverse: right where libmimalloc serves both. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void *mi_malloc(size_t);
extern void mi_free(void *);

int main(void) {
  for (size_t i = 1; i < 1000; i++) {
    free(mi_malloc(i));
    mi_free(strdup("a block of malloc's"));
  }
  puts("survived");
  return 0;
}
