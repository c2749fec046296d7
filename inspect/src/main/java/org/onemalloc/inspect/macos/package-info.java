/** What the files of macOS allocate with: two-level names, interposing and malloc zones. */
package org.onemalloc.inspect.macos;
