package org.onemalloc.allocators;

import java.util.Set;

/**
 * What a library says of itself, whatever it is called here.
 *
 * @param version as it says it; empty where it does not
 * @param pageSize the largest system page it was built for in bytes, or 0
 * @param configuration the variable that it reads its options from, or empty
 * @param defect a known error of this release, or empty
 */
record Description(
    Kind kind,
    String version,
    Set<Feature> features,
    Set<String> missing,
    long pageSize,
    String configuration,
    String defect,
    Fitness preload,
    Fitness dlopen,
    Fitness link) {}
