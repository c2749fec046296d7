package org.onemalloc.objectfile.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BuildIdentityTest {
  @TempDir Path folder;

  private ElfFile build(String name, int result, String option) throws Exception {
    Path source = folder.resolve(name + ".c");
    Files.writeString(source, "int main(void) { return " + result + "; }");
    Path program = folder.resolve(name);
    Programs.succeed("cc", "-g", "-o", program.toString(), source.toString(), option);
    return ElfFile.read(program);
  }

  private ElfFile edited(String name) throws Exception {
    Path copy = Files.copy(folder.resolve(name), folder.resolve(name + "-edited"));
    Programs.succeed("strip", copy.toString());
    return ElfFile.read(copy);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-Wl,--build-id", "-Wl,--build-id=none"})
  void aStrippedFileIsTheSameBuildAndAnotherBuildIsNot(String identity) throws Exception {
    ElfFile one = build("one", 1, identity);
    ElfFile two = build("two", 2, identity);
    ElfFile stripped = edited("one");
    assertFalse(Arrays.equals(one.bytes(), stripped.bytes()));
    assertTrue(BuildIdentity.areSame(one, one));
    assertTrue(BuildIdentity.areSame(one, stripped));
    assertTrue(BuildIdentity.areSame(stripped, one));
    assertFalse(BuildIdentity.areSame(one, two));
    assertFalse(BuildIdentity.areSame(stripped, two));
  }

  /** A newer build of the same code has another build ID, for its debug information differs. */
  @Test
  void theBuildIdDecidesWhereBothHaveOne() throws Exception {
    ElfFile one = build("one", 1, "-Wl,--build-id=0x1111111111");
    ElfFile newer = build("newer", 1, "-Wl,--build-id=0x2222222222");
    ElfFile without = build("without", 1, "-Wl,--build-id=none");
    assertFalse(BuildIdentity.areSame(one, newer));
    assertEquals(BuildIdentity.areSame(one, without), BuildIdentity.areSame(without, one));
  }
}
