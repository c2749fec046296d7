/* The caller frees what the guest handed out. */
#include <stdio.h>
#include <stdlib.h>

char *client_copy(const char *text);

int main(void) {
  void *own = malloc(64);
  free(client_copy("a string of some length, so that it is no special case"));
  free(own);
  puts("survived");
  return 0;
}
