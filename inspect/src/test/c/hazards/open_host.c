/* Opens a plugin, with RTLD_DEEPBIND if the second argument says so, and runs it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **arguments) {
  int deep = count > 2 && strcmp(arguments[2], "deep") == 0;
  void *plugin = dlopen(arguments[1], RTLD_NOW | (deep ? RTLD_DEEPBIND : 0));
  if (plugin == NULL) {
    puts(dlerror());
    return 3;
  }
  if (count > 3) { /* to be looked at while it waits for the end of its input */
    puts("waiting");
    fflush(stdout);
    while (getchar() != EOF) {
    }
  }
  int (*run)(void) = (int (*)(void))dlsym(plugin, "plugin_run");
  printf("survived %d\n", run());
  return 0;
}
