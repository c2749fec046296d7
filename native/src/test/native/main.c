/* An executable in C with its parts. */
#include <stddef.h>

extern void c_report(void) __attribute__((weak));
extern void cpp_report(void) __attribute__((weak));
extern void rust_report(void) __attribute__((weak));

int main(void) {
  if (c_report != NULL) c_report();
  if (cpp_report != NULL) cpp_report();
  if (rust_report != NULL) rust_report();
}
