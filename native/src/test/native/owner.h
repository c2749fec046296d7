/* Prints the owner of a block, as the allocators in the process report it. */
#ifdef __cplusplus
extern "C" {
#endif
void report(const char *what, const void *block);
#ifdef __cplusplus
}
#endif
