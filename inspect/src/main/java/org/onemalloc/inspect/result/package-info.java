/**
 * What an inspection found: the modules of a program, image, archive or process, what each binds
 * to, and the hazards. Immutable data only.
 */
package org.onemalloc.inspect.result;
