package org.onemalloc.compare.tune;

import java.util.Arrays;

/**
 * The costs of all candidates in the rounds of a race. A cost is a figure of which less is better;
 * the reciprocal stands for a figure of which more is better.
 */
final class Scores {
  private final double[][][] costs; // by measure, candidate and round; NaN for none
  private final boolean[][] faulty; // by candidate and round: it ran, and the run does not count

  /**
   * Makes an empty table.
   *
   * @param measures the goal and the constraints
   * @param candidates their number
   * @param rounds their number
   */
  Scores(int measures, int candidates, int rounds) {
    costs = new double[measures][candidates][rounds];
    for (double[][] measure : costs) {
      for (double[] candidate : measure) {
        Arrays.fill(candidate, Double.NaN);
      }
    }
    faulty = new boolean[candidates][rounds];
  }

  /**
   * Sets the cost of a run that counts.
   *
   * @param round from 1
   */
  void put(int measure, int candidate, int round, double cost) {
    costs[measure][candidate][round - 1] = cost;
  }

  /** Marks a run that does not count. */
  void putFault(int candidate, int round) {
    faulty[candidate][round - 1] = true;
  }

  int rounds() {
    return faulty[0].length;
  }

  /** Returns a row for each candidate, a column for each round. */
  double[][] of(int measure) {
    return costs[measure];
  }

  /** Returns how many runs of a candidate did not count. */
  int faults(int candidate) {
    int faults = 0;
    for (boolean fault : faulty[candidate]) {
      faults += fault ? 1 : 0;
    }
    return faults;
  }
}
