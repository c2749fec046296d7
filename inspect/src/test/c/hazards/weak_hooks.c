/* Uses jemalloc's calls where it has them, as RocksDB does: weak references, tested before use. */
#include <stdio.h>
#include <stdlib.h>

void *mallocx(size_t, int) __attribute__((weak));
void sdallocx(void *, size_t, int) __attribute__((weak));
size_t nallocx(size_t, int) __attribute__((weak));
int mallctl(const char *, void *, size_t *, void *, size_t) __attribute__((weak));

int main(void) {
  void *block = malloc(100);
  printf("mallocx %d sdallocx %d nallocx %d mallctl %d\n", mallocx != NULL, sdallocx != NULL,
         nallocx != NULL, mallctl != NULL);
  if (sdallocx != NULL) {
    sdallocx(block, 100, 0);
    puts("sized free");
  } else {
    free(block);
    puts("plain free");
  }
  return 0;
}
