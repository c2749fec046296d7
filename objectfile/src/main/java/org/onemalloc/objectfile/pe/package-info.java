/**
 * PE files of Windows, read as its loader reads them: imports, delayed imports, exports. Read only.
 */
package org.onemalloc.objectfile.pe;
