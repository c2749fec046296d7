/* Defines C++'s operators by mimalloc's own calls, as mimalloc-new-delete.h does, and calls free too. */
#include <cstdio>
#include <cstdlib>
#include <string>

extern "C" void *mi_new(size_t);
extern "C" void mi_free(void *);
extern "C" void mi_free_size(void *, size_t);

void *operator new(size_t size) { return mi_new(size); }
void operator delete(void *block) noexcept { mi_free(block); }
void operator delete(void *block, size_t size) noexcept { mi_free_size(block, size); }

int main(int count, char **) {
  for (int i = 0; i < 1000; i++) {
    std::string text(100 + i * count, 'x');
    free(malloc(text.size()));
  }
  puts("survived");
  return 0;
}
