/*
 * Randomness that is the same in each run, for the runs in which instructions are counted: hash tables with random keys
 * (Rust's) and allocators that draw where memory lies (mimalloc) would take another number of them each time.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/types.h>

static void fill(unsigned char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) {
    bytes[i] = (unsigned char)(i * 37 + 11);
  }
}

ssize_t getrandom(void *bytes, size_t size, unsigned flags) {
  (void)flags;
  fill(bytes, size);
  return (ssize_t)size;
}

int getentropy(void *bytes, size_t size) {
  fill(bytes, size);
  return 0;
}

/* mimalloc asks by this. All other system calls are passed on (x86-64, where the study counts). */
long syscall(long number, ...) {
  long arguments[6];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < 6; i++) {
    arguments[i] = va_arg(list, long);
  }
  va_end(list);
  if (number == SYS_getrandom) {
    return getrandom((void *)arguments[0], (size_t)arguments[1], 0);
  }
  register long fourth __asm__("r10") = arguments[3];
  register long fifth __asm__("r8") = arguments[4];
  register long sixth __asm__("r9") = arguments[5];
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(arguments[0]), "S"(arguments[1]), "d"(arguments[2]), "r"(fourth), "r"(fifth), "r"(sixth)
                   : "rcx", "r11", "memory");
  if (result < 0 && result > -4096) {
    errno = (int)-result;
    return -1;
  }
  return result;
}
