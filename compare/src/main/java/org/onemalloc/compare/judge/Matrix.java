package org.onemalloc.compare.judge;

/** Small square matrices. */
final class Matrix {
  /** Entries are counts of runs, beside which a value below this is a rounding error. */
  private static final double SINGULAR = 1e-9;

  private Matrix() {}

  /** Returns the inverse, by Gauss and Jordan with pivots; null if there is none. */
  static double[][] inverse(double[][] matrix) {
    int n = matrix.length;
    double[][] work = new double[n][2 * n];
    for (int i = 0; i < n; i++) {
      System.arraycopy(matrix[i], 0, work[i], 0, n);
      work[i][n + i] = 1;
    }
    for (int column = 0; column < n; column++) {
      int pivot = column;
      for (int i = column; i < n; i++) {
        pivot = Math.abs(work[i][column]) > Math.abs(work[pivot][column]) ? i : pivot;
      }
      if (Math.abs(work[pivot][column]) < SINGULAR) {
        return null;
      }
      double[] row = work[pivot];
      work[pivot] = work[column];
      work[column] = row;
      double scale = row[column];
      for (int k = 0; k < 2 * n; k++) {
        row[k] /= scale;
      }
      for (int i = 0; i < n; i++) {
        double factor = i == column ? 0 : work[i][column];
        for (int k = 0; factor != 0 && k < 2 * n; k++) {
          work[i][k] -= factor * row[k];
        }
      }
    }
    double[][] inverse = new double[n][n];
    for (int i = 0; i < n; i++) {
      System.arraycopy(work[i], n, inverse[i], 0, n);
    }
    return inverse;
  }
}
