/* Whose a block is, asked of the allocators that are in the process. */
#ifdef __cplusplus
extern "C" {
#endif
void report(const char *what, const void *block);
#ifdef __cplusplus
}
#endif
