/* Frees what strdup allocated; with -DSEAM through the seam. Says whose malloc the process has, and who serves. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef SEAM
#include "onemalloc.h"
#endif

int main(void) {
  Dl_info info;
  dladdr(dlsym(RTLD_DEFAULT, "malloc"), &info);
  const char *serving = info.dli_fname;
  for (int i = 1; i < 3000; i++) {
    char *text = malloc(i);
    memset(text, 'x', i - 1);
    text[i - 1] = 0;
    char *copy = strdup(text);
#ifdef SEAM
    onemalloc_deallocate(copy, i, 1);
    char *block = onemalloc_allocate(i, 64);
    block = onemalloc_reallocate(block, i, 3 * i, 64);
    free(block);
    onemalloc_deallocate(realloc(onemalloc_allocate(i, 8), 2 * i), 2 * i, 8);
#else
    free(copy);
    free(aligned_alloc(64, 64 * i));
#endif
    free(text);
  }
#ifdef SEAM
  struct onemalloc_statistics statistics;
  onemalloc_statistics(&statistics);
  serving = statistics.provider;
#endif
  printf("ok %s %s\n", info.dli_fname, serving);
  return 0;
}
