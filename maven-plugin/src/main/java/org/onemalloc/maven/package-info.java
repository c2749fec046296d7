/** The command's actions as goals of a Maven build. */
package org.onemalloc.maven;
