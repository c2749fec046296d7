/* A DLL whose malloc and free are linked to runtimes of the test's choice. */
#include <stddef.h>
void *__cdecl first_malloc(size_t);
void __cdecl second_free(void *);
__declspec(dllexport) void *give(void) { return first_malloc(100); }
__declspec(dllexport) void take(void *block) { second_free(block); }
