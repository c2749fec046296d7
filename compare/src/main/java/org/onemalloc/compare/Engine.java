package org.onemalloc.compare;

/** The engine that a command submits an application to. */
public enum Engine {
  /** None: the command itself does the work. */
  NONE,
  /** Apache Spark: the command has {@code spark-submit} in it. */
  SPARK
}
