/**
 * What the files of Windows allocate with: each DLL its own C runtime, each runtime its own heap.
 */
package org.onemalloc.inspect.windows;
