/** Shows the heap in Flight Recorder and JMX. */
package org.onemalloc.observe;
