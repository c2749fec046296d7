/** Two servers on Netty and a load for one of them, to compare allocators with. */
package org.onemalloc.examples.netty;
