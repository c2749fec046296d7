/** The agent: what {@code -javaagent:onemalloc-probe.jar=OPTIONS} does. */
package org.onemalloc.probe.agent;
