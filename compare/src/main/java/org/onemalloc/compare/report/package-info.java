/** The forms of a comparison: the table, the HTML page, the JSON file. */
package org.onemalloc.compare.report;
