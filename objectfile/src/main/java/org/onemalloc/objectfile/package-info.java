/**
 * Contains the classes that the readers of all object file formats share.
 *
 * <p>Null arguments to any method of this package throw {@link NullPointerException}.
 */
package org.onemalloc.objectfile;
