/**
 * Servers under load: when a server is ready, the load generator that runs beside it, and the
 * figures that the load generator reports. Start with {@link
 * org.onemalloc.compare.server.LoadSession}.
 *
 * <p>Null arguments throw {@link NullPointerException}.
 */
package org.onemalloc.compare.server;
