/** Supports the output of commands: text that is safe to display, pages, JSON, and files. */
package org.onemalloc.text;
