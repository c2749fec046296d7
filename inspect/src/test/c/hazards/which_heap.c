/* Linked with libjemalloc.so.2: says whether its blocks are in that library's heap or in glibc's. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  enum { BLOCKS = 2000 };
  static void *blocks[BLOCKS];
  for (int i = 0; i < BLOCKS; i++) blocks[i] = malloc(1000);
  size_t glibc = mallinfo2().uordblks;
  for (int i = 0; i < BLOCKS; i++) free(blocks[i]);
  puts(glibc >= (size_t)BLOCKS * 1000 ? "glibc's heap" : "the allocator's heap");
  return 0;
}
