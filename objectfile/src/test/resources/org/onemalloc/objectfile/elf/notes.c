/* Prints every note that program headers lead to, with its name and its first bytes. */
#define _GNU_SOURCE
#include <link.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((section(".note.onemalloc.test"), used, aligned(4))) static const struct {
  ElfW(Nhdr) header;
  char name[16];
  char text[8];
} note = {{15, 8, 77}, "Onemalloc test", "payload"};

static int show(struct dl_phdr_info *info, size_t size, void *data) {
  for (int i = 0; i < info->dlpi_phnum && info->dlpi_name[0] == 0; i++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[i];
    const char *at = (const char *)info->dlpi_addr + header->p_vaddr, *end = at + header->p_memsz;
    while (header->p_type == PT_NOTE && at < end) {
      const ElfW(Nhdr) *found = (const ElfW(Nhdr) *)at;
      size_t align = header->p_align < 8 ? 4 : 8;
      if (found->n_type != 5 /* NT_GNU_PROPERTY_TYPE_0, which PT_GNU_PROPERTY names too */)
        printf("%s %u %u\n", at + sizeof *found, found->n_type, found->n_descsz);
      at += (sizeof *found + found->n_namesz + align - 1) & -align;
      at += (found->n_descsz + align - 1) & -align;
    }
  }
  return 0;
}

int main(void) {
  free(malloc(10));
  return dl_iterate_phdr(show, NULL);
}
