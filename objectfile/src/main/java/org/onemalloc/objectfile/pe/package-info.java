/** Reads Windows PE files as the Windows loader does: imports, delayed imports and exports. */
package org.onemalloc.objectfile.pe;
