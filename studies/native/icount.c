/*
 * A plugin of QEMU's user mode that counts the instructions of each thread; the declarations are those of
 * qemu-plugin.h, version 1 of the interface, which Debian does not package. out=FILE: a line for each thread, in the
 * order in which they began: its number, all of its instructions, and those between its first two calls of getpgrp,
 * which is how a program says what part of its work is to be counted. threads=one: all threads add to the first line's
 * count, which is exact only if one works at a time; that is twice as fast, and the further lines say 0.
 *
 * QEMU ends a block before an instruction that begins in the block's page and ends in the next one, unless it is the
 * block's first, and yet shows it as the block's last. So an instruction that may be such a one is counted by itself:
 * otherwise a count would depend on where a JVM has put its code.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t plugin_id;
struct block;
struct instruction;
extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct block *));
extern size_t qemu_plugin_tb_n_insns(const struct block *);
extern struct instruction *qemu_plugin_tb_get_insn(const struct block *, size_t);
extern uint64_t qemu_plugin_insn_vaddr(const struct instruction *);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct instruction *, void (*)(unsigned, void *), int, void *);
extern void qemu_plugin_register_vcpu_insn_exec_inline(struct instruction *, int, void *, uint64_t);
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct block *, void (*)(unsigned, void *), int, void *);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct block *, int, void *, uint64_t);
extern void qemu_plugin_register_vcpu_init_cb(plugin_id, void (*)(plugin_id, unsigned));
extern void qemu_plugin_register_vcpu_syscall_cb(plugin_id, void (*)(plugin_id, unsigned, int64_t, uint64_t, uint64_t, uint64_t,
                                                                     uint64_t, uint64_t, uint64_t, uint64_t, uint64_t));
extern void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);

int qemu_plugin_version = 1;

enum { THREADS = 1024, LINE = 8, GETPGRP = 111, PAGE = 4096, LONGEST = 15 };

static uint64_t counts[THREADS][LINE]; /* a cache line each */
static uint64_t marked[THREADS];
static int marks[THREADS];
static int begun[THREADS];
static int one_thread;
static char out[4096];

static void begins(plugin_id id, unsigned thread) {
  (void)id;
  if (thread < THREADS) {
    begun[thread] = 1;
  }
}

static void count(unsigned thread, void *instructions) {
  if (thread < THREADS) {
    counts[thread][0] += (uintptr_t)instructions;
  }
}

static void called(plugin_id id, unsigned thread, int64_t call, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
                   uint64_t f, uint64_t g, uint64_t h) {
  (void)id, (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
  if (call == GETPGRP && thread < THREADS && marks[thread] < 2) {
    marked[thread] = counts[thread][0] - marked[thread];
    marks[thread]++;
  }
}

static void translated(plugin_id id, struct block *block) {
  (void)id;
  size_t all = qemu_plugin_tb_n_insns(block);
  struct instruction *last = qemu_plugin_tb_get_insn(block, all - 1);
  int alone = all > 1 && qemu_plugin_insn_vaddr(last) % PAGE > PAGE - LONGEST;
  uintptr_t together = alone ? all - 1 : all;
  if (one_thread) {
    qemu_plugin_register_vcpu_tb_exec_inline(block, 0, &counts[0][0], together);
    if (alone) {
      qemu_plugin_register_vcpu_insn_exec_inline(last, 0, &counts[0][0], 1);
    }
  } else {
    qemu_plugin_register_vcpu_tb_exec_cb(block, count, 0, (void *)together);
    if (alone) {
      qemu_plugin_register_vcpu_insn_exec_cb(last, count, 0, (void *)(uintptr_t)1);
    }
  }
}

static void ended(plugin_id id, void *nothing) {
  (void)id;
  (void)nothing;
  FILE *file = fopen(out, "w");
  for (int i = 0; file != NULL && i < THREADS; i++) {
    if (begun[i]) {
      fprintf(file, "%d %lu %lu\n", i, counts[i][0], marks[i] == 2 ? marked[i] : 0);
    }
  }
  if (file != NULL) {
    fclose(file);
  }
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv) {
  (void)info;
  for (int i = 0; i < argc; i++) {
    if (strncmp(argv[i], "out=", 4) == 0) {
      strncpy(out, argv[i] + 4, sizeof out - 1);
    }
    one_thread |= strcmp(argv[i], "threads=one") == 0;
  }
  qemu_plugin_register_vcpu_init_cb(id, begins);
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_vcpu_syscall_cb(id, called);
  qemu_plugin_register_atexit_cb(id, ended, NULL);
  return 0;
}
