/** Programs with native parts that do a fixed amount of work. */
module onemalloc.examples.workloads {
  requires java.sql;
  requires org.apache.lucene.core;
  requires rocksdbjni;
}
