// Forbids itself all system calls but those that glibc's malloc makes on the first thread, then
// allocates and frees: the second half of the blocks twice, more than a second apart. With an
// argument it allocates nothing before.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ALLOW(call) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

enum { BLOCKS = 4000, LARGEST = 16000 };

static char *blocks[BLOCKS];

static void fill(int from) {
  for (int i = from; i < BLOCKS; i++) {
    size_t size = 16 + (size_t)i * 7919 % LARGEST;
    blocks[i] = malloc(size);
    if (!blocks[i]) _exit(3);
    memset(blocks[i], i, size);
  }
}

static void empty(int from) {
  for (int i = from; i < BLOCKS; i++) free(blocks[i]);
}

int main(int count, char **words) {
  (void)words;
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      ALLOW(SYS_brk),
      ALLOW(SYS_mmap),
      ALLOW(SYS_munmap),
      ALLOW(SYS_mremap),
      ALLOW(SYS_getrandom),
      ALLOW(SYS_write),
      ALLOW(SYS_clock_nanosleep),
      ALLOW(SYS_clock_gettime),
      ALLOW(SYS_exit_group),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  if (count < 2) {
    blocks[0] = malloc(100);
    free(blocks[0]);
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return 2;
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) return 2;
  fill(0);
  for (int i = 0; i < 2; i++) {
    empty(BLOCKS / 2);
    nanosleep(&(struct timespec){1, 200000000}, NULL);
    fill(BLOCKS / 2);
  }
  empty(0);
  ssize_t written = write(1, "done\n", 5);
  _exit(written != 5);
}
