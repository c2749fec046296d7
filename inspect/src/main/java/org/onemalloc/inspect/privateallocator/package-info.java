/** Allocators that a native file carries inside, recognised by marks that nothing else has. */
package org.onemalloc.inspect.privateallocator;
