package org.onemalloc.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The rules of {@code ./study} (studies/tests): intervals, kills, and that unproven results do not
 * count.
 */
class StudyTest {
  private static final Path HOME = Workshop.HERE.getParent();

  @TempDir Path folder;

  @Test
  void itsOwnTestsPass() throws Exception {
    Workshop.require("python3", "gcc");
    Workshop shop = new Workshop(folder);
    String home = HOME.toString();
    Workshop.Result result =
        shop.run(
            "env",
            "PYTHONPATH=" + home,
            "PYTHONDONTWRITEBYTECODE=1",
            "/usr/bin/python3",
            "-m",
            "unittest",
            "discover",
            "-s",
            home + "/studies/tests");
    assertEquals(0, result.exitCode(), result.all());
    Matcher ran = Pattern.compile("Ran (\\d+) tests").matcher(result.all());
    assertTrue(ran.find() && Integer.parseInt(ran.group(1)) > 0, result.all());
  }

  @Test
  void everyRowIsListedAndAnotherIsRefused() throws Exception {
    Workshop.require("python3");
    Workshop shop = new Workshop(folder);
    String study = HOME.resolve("study").toString();
    assertTrue(shop.run(study, "--list").out().contains("lua"));
    Workshop.Result unknown = shop.run(study, "such-a-row");
    assertEquals(2, unknown.exitCode());
    assertTrue(unknown.err().contains("there is no row such-a-row"), unknown.err());
  }
}
