#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>

int main(int argc, char **argv) {
  void *handle = dlopen(argv[1], RTLD_LAZY);
  if (!handle) {
    puts(dlerror());
    return 1;
  }
  struct link_map *map;
  dlinfo(handle, RTLD_DI_LINKMAP, &map);
  printf("%s\n", map->l_name);
  for (int i = 2; i < argc; i++) {
    void *function = dlsym(handle, argv[i]);
    Dl_info info;
    printf("%s\n", function && dladdr(function, &info) ? info.dli_fname : "nowhere");
  }
  return 0;
}
