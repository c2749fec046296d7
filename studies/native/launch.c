/*
 * launch RESULT COMMAND...: runs a command with addresses that are not randomised, waits for it, and writes what the
 * kernel says of it: status, user and system time in microseconds, greatest resident set in KB, minor and major
 * faults. It stands between the driver and the command because a program inherits the greatest resident set of
 * whoever called exec for it (exec_mmap in fs/exec.c), and Python is larger than Lua.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **arguments) {
  if (count < 3) {
    return 2;
  }
  personality(ADDR_NO_RANDOMIZE);
  pid_t child = fork();
  if (child == 0) {
    execv(arguments[2], arguments + 2);
    fprintf(stderr, "launch: %s: %s\n", arguments[2], strerror(errno));
    _exit(127);
  }
  int status;
  struct rusage used;
  if (child < 0 || wait4(child, &status, 0, &used) < 0) {
    return 2;
  }
  FILE *result = fopen(arguments[1], "w");
  if (result == NULL) {
    return 2;
  }
  fprintf(result, "%d %ld %ld %ld %ld %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          used.ru_utime.tv_sec * 1000000L + used.ru_utime.tv_usec,
          used.ru_stime.tv_sec * 1000000L + used.ru_stime.tv_usec, used.ru_maxrss, used.ru_minflt, used.ru_majflt);
  return fclose(result) == 0 ? 0 : 2;
}
