/* Stands in for a kernel with larger pages: preloaded, it gives the answer of such a kernel. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

long sysconf(int name) {
  if (name == _SC_PAGESIZE) return 65536;
  return ((long (*)(int))dlsym(RTLD_NEXT, "sysconf"))(name);
}
