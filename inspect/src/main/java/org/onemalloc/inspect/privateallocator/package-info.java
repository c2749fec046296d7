/** Allocators that are linked into a native file, recognised by texts that nothing else has. */
package org.onemalloc.inspect.privateallocator;
