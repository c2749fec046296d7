package org.onemalloc.examples.workloads;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Several SQLite databases in memory, as in a service with one for each tenant: they are filled,
 * searched, changed, and mostly emptied. SQLite allocates every page and every statement with
 * malloc.
 */
public final class SqliteWorkload {
  private static final int DATABASES = 4;
  private static final int ROWS = 50_000;
  private static final int BATCH = 1_000;

  private final List<Connection> databases = new ArrayList<>();
  private final int rows;

  private SqliteWorkload(int rows) {
    this.rows = rows;
  }

  /**
   * Runs the work.
   *
   * @param arguments the rows of each database (default: 50 000)
   * @throws Exception if SQLite fails
   */
  public static void main(String[] arguments) throws Exception {
    SqliteWorkload workload =
        new SqliteWorkload(arguments.length > 0 ? Integer.parseInt(arguments[0]) : ROWS);
    try (Crew crew = new Crew(DATABASES)) {
      System.out.println("found " + workload.run(crew) + " rows");
    } finally {
      for (Connection database : workload.databases) {
        database.close();
      }
    }
  }

  private long run(Crew crew) throws Exception {
    for (int i = 0; i < DATABASES; i++) {
      databases.add(DriverManager.getConnection("jdbc:sqlite::memory:"));
    }
    Phases.mark("insert");
    crew.each(this::insert);
    Phases.mark("search");
    long found = crew.each(this::search);
    Phases.mark("update, longer rows");
    crew.each(this::lengthen);
    Phases.mark("search again");
    found += crew.each(this::search);
    Phases.mark("delete most");
    crew.each(this::deleteMost);
    Phases.rest();
    return found;
  }

  private long insert(int number) throws SQLException {
    SplittableRandom random = new SplittableRandom(number);
    Connection database = databases.get(number);
    execute(database, "create table item (id integer primary key, owner integer, note text)");
    execute(database, "create index by_owner on item (owner, id)");
    database.setAutoCommit(false);
    try (PreparedStatement insert =
        database.prepareStatement("insert into item values (?, ?, ?)")) {
      for (int i = 0; i < rows; i++) {
        insert.setInt(1, i);
        insert.setInt(2, random.nextInt(rows / 20 + 1));
        insert.setString(3, Text.sentence(random, random.nextInt(5, 40)));
        insert.addBatch();
        if (i % BATCH == BATCH - 1) {
          insert.executeBatch();
        }
      }
      insert.executeBatch();
    }
    database.commit();
    return rows;
  }

  /**
   * Prepares each statement again, as most programs do: parsing calls malloc many times for small
   * blocks.
   */
  private long search(int number) throws SQLException {
    SplittableRandom random = new SplittableRandom(number);
    long found = 0;
    for (int i = 0; i < rows / 4; i++) {
      try (PreparedStatement search =
          databases
              .get(number)
              .prepareStatement("select id, note from item where owner = ? order by note desc")) {
        search.setInt(1, random.nextInt(rows / 20 + 1));
        try (ResultSet result = search.executeQuery()) {
          while (result.next()) {
            found += result.getString(2).isEmpty() ? 0 : 1;
          }
        }
      }
    }
    return found;
  }

  private long lengthen(int number) throws SQLException {
    Connection database = databases.get(number);
    execute(database, "update item set note = note || note || note where id % 3 = 0");
    database.commit();
    return 0;
  }

  /** Deletes nine of ten rows, in all pages; the vacuum then returns pages to the allocator. */
  private long deleteMost(int number) throws SQLException {
    Connection database = databases.get(number);
    execute(database, "delete from item where owner % 10 <> 0");
    database.commit();
    database.setAutoCommit(true);
    execute(database, "vacuum");
    return 0;
  }

  private static void execute(Connection database, String sql) throws SQLException {
    try (Statement statement = database.createStatement()) {
      statement.execute(sql);
    }
  }
}
