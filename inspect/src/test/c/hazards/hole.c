/* Calls a seldom function of the family. Where the replacement lacks it, libc serves it. */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  free(malloc(16));
  void *page = pvalloc(100);
  free(page);
  puts("survived");
  return 0;
}
