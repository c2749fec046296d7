/* The host: whose malloc is first in its list decides what the guest's free means. */
#include <stdio.h>
#include <stdlib.h>

void *extended_take(void);
void extended_give(void *block);

int main(void) {
  free(malloc(16));
  extended_give(extended_take());
  puts("survived");
  return 0;
}
