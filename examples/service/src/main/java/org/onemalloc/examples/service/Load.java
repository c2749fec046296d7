package org.onemalloc.examples.service;

import java.util.random.RandomGenerator;

/**
 * A phase of the load.
 *
 * @param name what it is called
 * @param requests how many requests each worker serves
 * @param smallest bytes of the smallest payload
 * @param largest bytes of the largest payload
 */
record Load(String name, int requests, int smallest, int largest) {
  /** A payload's size, small ones more often than large ones. */
  int size(RandomGenerator random) {
    double share = random.nextDouble();
    return smallest + (int) (share * share * (largest - smallest));
  }
}
