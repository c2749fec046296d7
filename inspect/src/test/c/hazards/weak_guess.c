/* Tests one weak hook and takes the others for granted: right with jemalloc, and with nothing. */
#include <stdio.h>
#include <stdlib.h>

size_t nallocx(size_t, int) __attribute__((weak));
void sdallocx(void *, size_t, int) __attribute__((weak));
void *rallocx(void *, size_t, int) __attribute__((weak));

int main(void) {
  void *block = malloc(100);
  if (nallocx != NULL) {
    block = rallocx(block, nallocx(200, 0), 0);
    sdallocx(block, 200, 0);
  } else {
    free(block);
  }
  puts("survived");
  return 0;
}
