/** Checked access to the bytes of untrusted files; for the readers of this module alone. */
package org.onemalloc.objectfile.bytes;
