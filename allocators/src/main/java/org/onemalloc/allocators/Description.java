package org.onemalloc.allocators;

import java.util.Set;

/**
 * What is known about a library, apart from its name and place.
 *
 * @param version the version that the library states; empty if it states none
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
