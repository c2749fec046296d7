/** Shows the native memory of a process live in the terminal. */
package org.onemalloc.top;
