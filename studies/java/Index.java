package study;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;

/** {@code Index DOCUMENTS TIMES}: a Lucene index, built and searched by one thread. Lucene takes little from malloc. */
public final class Index {
  private Index() {}

  public static void main(String[] arguments) throws Throwable {
    Counted.run(arguments, Index::work);
  }

  private static long work(int documents, int pass) throws IOException {
    IndexWriterConfig config =
        new IndexWriterConfig(new StandardAnalyzer())
            .setOpenMode(IndexWriterConfig.OpenMode.CREATE)
            .setRAMBufferSizeMB(8)
            .setMergeScheduler(new SerialMergeScheduler());
    long found = 0;
    try (Directory directory = FSDirectory.open(Path.of("index" + pass));
        IndexWriter writer = new IndexWriter(directory, config)) {
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < documents; i++) {
        Document document = new Document();
        StringBuilder text = new StringBuilder();
        for (int word = 0; word < 40; word++) {
          text.append(word(random)).append(' ');
        }
        document.add(new TextField("body", text.toString(), Field.Store.YES));
        document.add(new NumericDocValuesField("size", random.nextInt(1_000_000)));
        writer.addDocument(document);
      }
      writer.forceMerge(1);
      writer.commit();
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        IndexSearcher searcher = new IndexSearcher(reader);
        for (int i = 0; i < documents / 4; i++) {
          found += searcher.search(new TermQuery(new Term("body", word(random))), 10).scoreDocs.length;
        }
      }
    }
    return found;
  }

  private static String word(SplittableRandom random) {
    return "w" + Integer.toString((int) Math.pow(5_000, random.nextDouble()) * 7919, Character.MAX_RADIX);
  }
}
