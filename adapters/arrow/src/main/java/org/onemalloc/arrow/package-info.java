/** Arrow's buffers from the process heap. No parameter and no result is ever null. */
package org.onemalloc.arrow;
