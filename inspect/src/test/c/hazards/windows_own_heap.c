/* A DLL without a C runtime's DLL: what one that is linked in does, and nothing else. */
#include <windows.h>
__declspec(dllexport) void *give(void) { return HeapAlloc(GetProcessHeap(), 0, 100); }
__declspec(dllexport) void take(void *block) { HeapFree(GetProcessHeap(), 0, block); }
