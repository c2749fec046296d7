/** What commands print and write: text that is safe to show, pages, JSON, and files. */
package org.onemalloc.text;
