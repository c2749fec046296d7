#include "owner.h"

#include <string>

extern "C" void cpp_report() {
  int *block = new int[10];
  std::string text(100, 'x');
  report("C++ new", block);
  report("C++ string", text.data());
  delete[] block;
}
