#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void use(const char *what, void *block, size_t size, size_t alignment) {
  if (!block || (uintptr_t)block % alignment || malloc_usable_size(block) < size) {
    printf("wrong block from %s\n", what);
    exit(1);
  }
  memset(block, 0xa5, size);
  free(block);
}

int main(int argc, char **argv) {
  for (size_t size = 1; size < 1 << 22; size = size * 3 + 1) {
    use("malloc", malloc(size), size, 8);
    char *zeroed = calloc(1, size);
    for (size_t i = 0; i < size; i++)
      if (zeroed[i]) return 2;
    use("realloc", realloc(zeroed, size + 100), size + 100, 8);
    use("reallocarray", reallocarray(malloc(1), 3, size), 3 * size, 8);
    use("memalign", memalign(256, size), size, 256);
    use("aligned_alloc", aligned_alloc(64, (size + 63) & -64), size, 64);
    use("valloc", valloc(size), size, 4096);
    use("pvalloc", pvalloc(size), size, 4096);
    void *block = 0;
    if (posix_memalign(&block, 1024, size)) return 3;
    use("posix_memalign", block, size, 1024);
  }
  use("strdup", strdup("some text"), 10, 8);
  for (int i = 1; i < argc; i++) {
    void *function = dlsym(RTLD_DEFAULT, argv[i]);
    Dl_info info;
    printf("%s %s\n", argv[i],
           function && dladdr(function, &info) ? info.dli_fname : "nowhere");
  }
  printf("glibc-heap %zu\n", (size_t)mallinfo2().arena + mallinfo2().hblkhd);
  return 0;
}
