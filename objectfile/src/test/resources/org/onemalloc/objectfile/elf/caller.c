/*
 * Who is taken for the caller of dlopen? With -DINSIDE the library that calls it, with -DWRAPS one that is preloaded
 * and stands between, else the program. With -DFAMILY: which functions does a library's handle find?
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#ifdef INSIDE
void *by_reference(void) { return dlopen("$ORIGIN/libbeside.so", RTLD_NOW); }
void *by_pointer(void *(*open)(const char *, int)) { return open("$ORIGIN/libbeside.so", RTLD_NOW); }
#elif defined(WRAPS)
static int calls;

void *dlopen(const char *path, int flags) {
  calls++;
  return ((void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen"))(path, flags);
}

__attribute__((destructor)) static void count(void) { printf("wrapped %d\n", calls); }
#elif defined(FAMILY)
int main(int count, char **words) {
  void *library = dlopen(words[1], RTLD_NOW);
  Dl_info info;
  char *names[] = {"malloc", "free", "pvalloc", "__libc_free", "reallocarray"};
  for (int i = 0; i < 5; i++) {
    void *found = dlsym(library, names[i]);
    printf("%s %s\n", names[i], found != NULL && dladdr(found, &info) != 0 ? info.dli_fname : "nowhere");
  }
  return 0;
}
#else
static void say(const char *what, void *handle) {
  Lmid_t space = -1;
  printf("%s %s\n", what, handle == NULL ? dlerror() : dlinfo(handle, RTLD_DI_LMID, &space) == 0 && space == LM_ID_BASE ? "base" : "other");
}

int main(int count, char **words) {
  void *library = dlopen(words[1], RTLD_NOW);
  say("library", library);
  say("reference", ((void *(*)(void))dlsym(library, "by_reference"))());
  void *apart = dlmopen(LM_ID_NEWLM, words[1], RTLD_NOW);
  say("apart", apart);
  say("pointer", ((void *(*)(void *(*)(const char *, int)))dlsym(apart, "by_pointer"))(dlopen));
  say("program", dlopen(NULL, RTLD_NOW));
  say("nowhere", dlopen("/nowhere", RTLD_NOW));
  say("flags", dlopen("libc.so.6", 0x12340));
  say("name", dlopen("libsyslookup.so", RTLD_NOW));
  void *answer = dlopen("/nowhere/lib/libsyslookup.so", RTLD_LAZY);
  say("answer", answer);
  char *(*duplicate)(const char *) = (char *(*)(const char *))dlsym(answer, "strdup");
  void (*release)(void *) = (void (*)(void *))dlsym(answer, "free");
  release(duplicate("a block of one heap"));
  Dl_info info;
  char *names[] = {"malloc", "calloc", "realloc", "free", "cos", "onemalloc_nobody"};
  for (int i = 0; i < 6; i++) {
    void *found = dlsym(answer, names[i]);
    printf("%s %s\n", names[i], found != NULL && dladdr(found, &info) != 0 ? info.dli_fname : "nowhere");
  }
  return 0;
}
#endif
