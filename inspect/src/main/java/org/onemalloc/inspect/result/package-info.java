/**
 * What an inspection found: the modules of a program, image, archive or process, what each binds
 * to, and the hazards. Data alone; immutable.
 */
package org.onemalloc.inspect.result;
