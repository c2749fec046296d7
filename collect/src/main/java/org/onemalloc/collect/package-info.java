/** The evidence that many machines have written, in one table. */
package org.onemalloc.collect;
