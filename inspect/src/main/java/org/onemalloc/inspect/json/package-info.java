/** Writing JSON, for every command that has {@code --json}. */
package org.onemalloc.inspect.json;
