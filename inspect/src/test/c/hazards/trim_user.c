/* Steers glibc's malloc: asks how much is in use and gives back what is free. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCKS = 4000, BYTES = 4000 };

int main(void) {
  static char *blocks[BLOCKS];
  for (int i = 0; i < BLOCKS; i++) blocks[i] = malloc(BYTES);
  size_t used = mallinfo2().uordblks;
  for (int i = 0; i < BLOCKS - 1; i++) free(blocks[i]);
  int given = malloc_trim(0);
  puts(used >= (size_t)BLOCKS * BYTES ? "mallinfo2 sees the blocks" : "mallinfo2 sees nothing");
  puts(given ? "malloc_trim gave memory back" : "malloc_trim had nothing to give");
  return 0;
}
