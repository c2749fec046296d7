/* Calls malloc through a library alone: with --as-needed the allocator of its command line is
   dropped, and the library's own need for it comes behind libc. */
#include <stdio.h>

void *idle_malloc(__SIZE_TYPE__ size);

int main(void) {
  for (int i = 0; i < 1000; i++) idle_malloc(1000);
  puts("survived");
  return 0;
}
