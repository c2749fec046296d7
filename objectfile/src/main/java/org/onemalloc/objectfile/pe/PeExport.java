package org.onemalloc.objectfile.pe;

import java.util.Optional;

/**
 * A function or variable that other files can bind to.
 *
 * @param ordinal its ordinal
 * @param symbol its name; empty if it can be imported by ordinal only
 * @param address its address relative to the image; 0 if it is forwarded
 * @param forwarder the DLL and the name to which it is forwarded, such as {@code
 *     NTDLL.RtlAllocateHeap}; empty if it is not forwarded
 */
public record PeExport(long ordinal, String symbol, long address, Optional<String> forwarder) {}
