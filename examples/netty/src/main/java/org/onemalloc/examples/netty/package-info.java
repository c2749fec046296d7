/** Two servers on Netty, and a load for one of them, for comparisons of allocators. */
package org.onemalloc.examples.netty;
