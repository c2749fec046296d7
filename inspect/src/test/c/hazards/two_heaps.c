/* Uses two allocators side by side: the process's malloc, and one with a prefix. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

void *je_malloc(size_t size);
void je_free(void *block);

enum { BLOCKS = 2000 };

int main(void) {
  static void *blocks[2][BLOCKS];
  for (int i = 0; i < BLOCKS; i++) {
    blocks[0][i] = malloc(1000);
    blocks[1][i] = je_malloc(1000);
  }
  size_t glibc = mallinfo2().uordblks;
  for (int i = 0; i < BLOCKS; i++) {
    free(blocks[0][i]);
    je_free(blocks[1][i]);
  }
  puts(glibc >= (size_t)BLOCKS * 1000 ? "two heaps" : "one heap");
  return 0;
}
