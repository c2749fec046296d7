/** Provides checked access to the bytes of untrusted files, for the readers of this module only. */
package org.onemalloc.objectfile.bytes;
