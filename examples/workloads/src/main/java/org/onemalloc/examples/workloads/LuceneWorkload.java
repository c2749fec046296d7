package org.onemalloc.examples.workloads;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;

/**
 * A Lucene index, built by two threads and searched. Lucene is written in Java and maps its files:
 * it uses little of malloc, so that another allocator should change little.
 */
public final class LuceneWorkload {
  private static final int THREADS = 2;
  private static final int DOCUMENTS = 100_000;
  private static final int WORDS = 60;
  private static final int SEARCHES_PER_THOUSAND = 20;
  private static final double BUFFER_MEGABYTES = 16;

  private LuceneWorkload() {}

  /**
   * Runs the work.
   *
   * @param arguments the documents (default: 100 000)
   * @throws Exception if the index fails
   */
  public static void main(String[] arguments) throws Exception {
    int documents = arguments.length > 0 ? Integer.parseInt(arguments[0]) : DOCUMENTS;
    try (Scratch scratch = Scratch.create("lucene");
        Crew crew = new Crew(THREADS)) {
      System.out.println("found " + run(scratch.folder(), crew, documents) + " documents");
    }
  }

  private static long run(Path folder, Crew crew, int documents) throws Exception {
    IndexWriterConfig config =
        new IndexWriterConfig(new StandardAnalyzer()).setRAMBufferSizeMB(BUFFER_MEGABYTES);
    try (Directory directory = FSDirectory.open(folder);
        IndexWriter writer = new IndexWriter(directory, config)) {
      Phases.mark("index");
      crew.each(thread -> index(writer, thread, documents / THREADS));
      Phases.mark("merge");
      writer.forceMerge(1);
      writer.commit();
      Phases.mark("search");
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        IndexSearcher searcher = new IndexSearcher(reader);
        long found = crew.each(thread -> search(searcher, thread, documents));
        Phases.rest();
        return found;
      }
    }
  }

  private static long index(IndexWriter writer, int thread, int documents) throws IOException {
    SplittableRandom random = new SplittableRandom(thread);
    for (int i = 0; i < documents; i++) {
      Document document = new Document();
      document.add(new StringField("id", thread + "-" + i, Field.Store.YES));
      document.add(new TextField("body", Text.sentence(random, WORDS), Field.Store.YES));
      document.add(new NumericDocValuesField("size", random.nextInt(1_000_000)));
      writer.addDocument(document);
    }
    return documents;
  }

  private static long search(IndexSearcher searcher, int thread, int documents) throws IOException {
    SplittableRandom random = new SplittableRandom(thread);
    long found = 0;
    for (int i = 0; i < documents * SEARCHES_PER_THOUSAND / 1_000; i++) {
      found +=
          searcher.search(new TermQuery(new Term("body", Text.word(random))), 10).scoreDocs.length;
    }
    return found;
  }
}
