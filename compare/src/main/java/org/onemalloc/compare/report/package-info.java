/** A comparison for people and programs: the table, the HTML page, the JSON file. */
package org.onemalloc.compare.report;
