#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Locks its memory. Ends with 1 if the kernel counts more than 500 MB as locked, with 2 if it may
   not lock any. */
int main(void) {
  char line[200];
  long kilobytes = 0;
  free(malloc(1000));
  if (mlockall(MCL_CURRENT) != 0) return 2;
  FILE *status = fopen("/proc/self/status", "r");
  while (fgets(line, sizeof line, status)) sscanf(line, "VmLck: %ld", &kilobytes);
  if (kilobytes > 500000) return 1;
  puts("survived");
  return 0;
}
