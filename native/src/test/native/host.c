/* host LIBRARY FUNCTION [COUNT] [deepbind]: a program without the seam that opens a library. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
  free(malloc(1));
  int flags = RTLD_NOW | (argc > 4 && strcmp(argv[4], "deepbind") == 0 ? RTLD_DEEPBIND : 0);
  void *library = dlopen(argv[1], flags);
  void (*function)(long) = library == NULL ? NULL : (void (*)(long))dlsym(library, argv[2]);
  if (function == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 2;
  }
  function(argc > 3 ? atol(argv[3]) : 0);
  puts("done");
}
