package org.onemalloc.probe.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResidentTest {
  private static final String TEXT =
      """
      7f2a1c000000-7f2a1c021000 rw-p 00000000 00:00 0\s
      Size:                132 kB
      Rss:                   8 kB
      Pss:                   4 kB
      Pss_Dirty:             4 kB
      VmFlags: rd wr mr mw me nr sd\s
      7f2a20000000-7f2a20001000 r--p 00001000 08:01 77                         /a file (deleted)
      Rss:                   4 kB
      Pss:                   1 kB
      VmFlags: rd mr mw me sd\s
      ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
      Rss:                   0 kB
      """;

  @Test
  void mappingsAreRead() {
    List<Resident> all = Resident.parse(TEXT);
    assertEquals(
        List.of(
            new Resident(
                new Mapping(0x7f2a1c000000L, 0x7f2a1c021000L, "rw-p", 0, 0, ""), 8192, 4096, true),
            new Resident(
                new Mapping(
                    0x7f2a20000000L, 0x7f2a20001000L, "r--p", 4096, 77, "/a file (deleted)"),
                4096,
                1024,
                false)),
        all.subList(0, 2));
    assertEquals("[vsyscall]", all.get(2).mapping().file());
  }

  @Test
  void anonymousMemoryHasNoName() {
    List<Resident> all = Resident.parse(TEXT);
    assertTrue(all.get(0).mapping().isAnonymous());
    assertFalse(all.get(1).mapping().isAnonymous());
    assertFalse(all.get(2).mapping().isAnonymous());
  }
}
