/** The figures of the heap as Micrometer meters. */
package org.onemalloc.micrometer;
