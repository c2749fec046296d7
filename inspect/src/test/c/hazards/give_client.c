/* A guest that hands a block to its caller, as strdup does. */
#include <stdlib.h>
#include <string.h>

char *client_copy(const char *text) {
  char *copy = malloc(strlen(text) + 1);
  strcpy(copy, text);
  return copy;
}

void client_drop(char *copy) { free(copy); }
