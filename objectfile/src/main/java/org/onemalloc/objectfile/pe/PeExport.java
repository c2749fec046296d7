package org.onemalloc.objectfile.pe;

import java.util.Optional;

/**
 * A function or variable that other files can bind to.
 *
 * @param ordinal its number
 * @param symbol its name; empty if it can be asked for by number alone
 * @param address its address relative to the image; 0 if it is forwarded
 * @param forwarder where it really is, as {@code NTDLL.RtlAllocateHeap}, if not here
 */
public record PeExport(long ordinal, String symbol, long address, Optional<String> forwarder) {}
