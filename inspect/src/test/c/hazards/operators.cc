// Operators new and delete with a header before each object; the compiler calls delete with a size.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

static const std::size_t HEADER = 64;
static long live;

void *operator new(std::size_t size) {
  char *block = static_cast<char *>(malloc(size + HEADER));
  if (block == nullptr) throw std::bad_alloc();
  live++;
  memcpy(block, "header", 7);
  return block + HEADER;
}

void operator delete(void *object) noexcept {
  if (object == nullptr) return;
  char *block = static_cast<char *>(object) - HEADER;
  if (strcmp(block, "header") != 0) abort();
  live--;
  free(block);
}

#ifdef ALL
void operator delete(void *object, std::size_t) noexcept { operator delete(object); }
void *operator new[](std::size_t size) { return operator new(size); }
void operator delete[](void *object) noexcept { operator delete(object); }
void operator delete[](void *object, std::size_t) noexcept { operator delete(object); }
#endif

struct Object {
  unsigned char content[560];
};

int main() {
  long before = live;  // what the constructors of libraries have taken
  Object *objects[64];
  for (int round = 0; round < 3; round++) {
    for (auto &object : objects) object = new Object();
    for (auto object : objects) delete object;
    delete[] new Object[3];
  }
  if (live != before) abort();
  puts("survived");
  return 0;
}
