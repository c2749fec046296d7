/* Takes a block from a DLL, gives it back, and says in which heaps it was before and after. */
#include <stdint.h>
#include <stdio.h>
#include <windows.h>

static const char *const RUNTIMES[] = {"msvcrt.dll", "ucrtbase.dll", "msvcr100.dll", "msvcr120.dll"};

static void say(const char *when, void *block) {
  printf("%s:", when);
  if (HeapValidate(GetProcessHeap(), 0, block)) printf(" process");
  for (int i = 0; i < 4; i++) {
    HMODULE runtime = GetModuleHandleA(RUNTIMES[i]);
    intptr_t (*heap)(void) =
        runtime ? (intptr_t (*)(void)) (void *) GetProcAddress(runtime, "_get_heap_handle") : 0;
    if (heap && (HANDLE) heap() != GetProcessHeap() && HeapValidate((HANDLE) heap(), 0, block)) {
      printf(" %s", RUNTIMES[i]);
    }
  }
  puts("");
}

int main(int count, char **words) {
  HMODULE dll = LoadLibraryA(words[1]);
  void *(*give)(void) = (void *(*)(void)) (void *) GetProcAddress(dll, "give");
  void (*take)(void *) = (void (*)(void *)) (void *) GetProcAddress(dll, "take");
  void *block = give();
  say("given", block);
  take(block);
  say("taken", block);
  return count != 2;
}
