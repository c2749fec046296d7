/** The heap's figures as Micrometer's meters. */
package org.onemalloc.micrometer;
