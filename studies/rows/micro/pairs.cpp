// Nothing but the allocator: a window of blocks of 16 to 500 bytes, a random one replaced each time.
#include <cstdio>
#include <cstdlib>
#include <new>

int main(int, char **arguments) {
  const int turns = std::atoi(arguments[1]);
  constexpr int window = 1024;
  static char *blocks[window];
  static std::size_t sizes[window];
  unsigned state = 1, sum = 0;
  for (int turn = 0; turn < turns; turn++) {
    state = state * 1664525u + 1013904223u;
    const unsigned at = state >> 22;
    if (blocks[at] != nullptr) {
      sum += static_cast<unsigned char>(blocks[at][0]);
      ::operator delete(blocks[at], sizes[at]);
    }
    sizes[at] = 16 + (state >> 9 & 511) * 15 / 16;
    blocks[at] = static_cast<char *>(::operator new(sizes[at]));
    blocks[at][0] = static_cast<char>(turn);
  }
  std::printf("%u\n", sum);
}
