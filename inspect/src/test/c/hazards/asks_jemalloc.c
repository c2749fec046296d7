/* Asks jemalloc how much is allocated, as Redis does; what it has allocated must be in the answer. */
#include <stdio.h>
#include <stdlib.h>

int mallctl(const char *name, void *old, size_t *length, void *new, size_t new_length);

int main(void) {
  enum { BLOCKS = 2000 };
  static void *blocks[BLOCKS];
  for (int i = 0; i < BLOCKS; i++) blocks[i] = malloc(1000);
  size_t epoch = 1, allocated = 0, length = sizeof(size_t);
  mallctl("epoch", NULL, NULL, &epoch, sizeof epoch);
  mallctl("stats.allocated", &allocated, &length, NULL, 0);
  for (int i = 0; i < BLOCKS; i++) free(blocks[i]);
  puts(allocated >= (size_t)BLOCKS * 1000 ? "its own heap" : "another heap");
  return 0;
}
