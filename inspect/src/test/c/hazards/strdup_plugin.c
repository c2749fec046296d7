/* A plugin that frees what a libc function allocated: ordinary C. */
#include <stdlib.h>
#include <string.h>

int plugin_run(void) {
  char *copy = strdup("a string of some length, so that it is no special case");
  int length = (int)strlen(copy);
  free(copy);
  return length;
}
