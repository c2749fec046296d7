/*
 * A jemalloc whose free and sdallocx count their calls and print the counts at the end. Its own functions are real_….
 */
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern void *real_malloc(size_t);
extern void real_free(void *);
extern void real_sdallocx(void *, size_t, int);

static atomic_long frees, sized, counting;

void *malloc(size_t size) { return real_malloc(size); }
void free(void *block) {
  atomic_fetch_add(&frees, block != NULL);
  real_free(block);
}
void sdallocx(void *block, size_t size, int flags) {
  atomic_fetch_add(&sized, 1);
  real_sdallocx(block, size, flags);
}

__attribute__((destructor)) static void tell(void) {
  char text[100];
  int length = snprintf(text, sizeof text, "calls: free %ld sdallocx %ld\n", frees, sized);
  if (write(2, text, (size_t)length) < 0) {
    counting = 0;
  }
}
