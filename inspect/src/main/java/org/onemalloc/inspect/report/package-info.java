/** An inspection as text, as a page, and as JSON. */
package org.onemalloc.inspect.report;
