/**
 * What the files of Windows allocate with: each DLL may have its own C runtime, and each runtime
 * its own heap.
 */
package org.onemalloc.inspect.windows;
