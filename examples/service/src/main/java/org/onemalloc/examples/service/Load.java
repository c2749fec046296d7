package org.onemalloc.examples.service;

import java.util.random.RandomGenerator;

/**
 * A phase of the load.
 *
 * @param name its name
 * @param requests the number of requests that each worker serves
 * @param smallest bytes of the smallest payload
 * @param largest bytes of the largest payload
 */
record Load(String name, int requests, int smallest, int largest) {
  /** Returns a random payload size; small sizes are more frequent than large ones. */
  int size(RandomGenerator random) {
    double share = random.nextDouble();
    return smallest + (int) (share * share * (largest - smallest));
  }
}
