/* Opens libraries with thread-local variables, as a JVM does, and uses each. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void *use(void *unused) {
  (void)unused;
  free(malloc(100));
  return NULL;
}

int main(int count, char **paths) {
  for (int i = 1; i < count; i++) {
    void *library = dlopen(paths[i], RTLD_NOW);
    if (library == NULL) {
      puts(dlerror());
      return 3;
    }
    ((int (*)(void))dlsym(library, "plugin_run"))();
    pthread_t thread;
    pthread_create(&thread, NULL, use, NULL);
    pthread_join(thread, NULL);
    free(malloc(100));
  }
  puts("survived");
  return 0;
}
