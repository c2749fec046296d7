/** What reports share: files written whole, text made harmless, colours, the look of a page. */
package org.onemalloc.inspect.output;
