/* An ordinary program: it allocates and uses what it got. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  char *block = malloc(1000);
  memset(block, 1, 1000);
  free(block);
  puts("survived");
  return 0;
}
